import { createI18n } from 'vue-i18n'
import { watchEffect } from 'vue'
import { prefs } from '../state/prefs'
import en from './en'
import zh from './zh'

export const i18n = createI18n({ legacy: false, locale: prefs.language, fallbackLocale: 'zh', messages: { zh, en }, missingWarn: false, fallbackWarn: false })

watchEffect(() => {
  i18n.global.locale.value = prefs.language
  document.documentElement.lang = prefs.language === 'zh' ? 'zh-CN' : 'en'
})
