// ECharts core, only the parts used; loaded lazily with the first chart. No inline styles, no eval: tooltips are drawn.
import { use, init, registerMap, type ECharts } from 'echarts/core'
import { BarChart, LineChart, MapChart } from 'echarts/charts'
import { GridComponent, TooltipComponent, VisualMapComponent, GeoComponent, AriaComponent, MarkLineComponent } from 'echarts/components'
import { LabelLayout } from 'echarts/features'
import { CanvasRenderer } from 'echarts/renderers'
import counties from '../map/jilin_counties.json'

use([BarChart, LineChart, MapChart, GridComponent, TooltipComponent, VisualMapComponent, GeoComponent, AriaComponent, MarkLineComponent, LabelLayout, CanvasRenderer])
registerMap('jilin', counties as never)

export { init, counties }
export type { ECharts }

/** The value of a theme token, so that charts follow light and dark. */
export function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim()
}
export const fontFamily = () => token('--font')
