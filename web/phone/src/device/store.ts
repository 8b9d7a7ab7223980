import { openDB } from 'idb'
import type { IDBPDatabase } from 'idb'
import type { Change, Storage, StoreName } from '../sync/types'

const stores: StoreName[] = ['records', 'receipts', 'exported', 'meta', 'draft', 'people', 'lists']

export async function openStore(): Promise<Storage> {
  const database: IDBPDatabase = await openDB('bihuan-phone', 1, {
    upgrade(fresh) { for (const name of stores) fresh.createObjectStore(name, { keyPath: 'key' }) },
    blocking() { database.close(); location.reload() } // a newer page in another tab wants to change the shape
  })
  return {
    all: <T>(store: StoreName) => database.getAll(store) as Promise<T[]>,
    async write(changes: Change[]) {
      if (!changes.length) return
      const names = [...new Set(changes.map((change) => change.store))]
      // Strict: when it returns, the flash has it, not only the browser's memory.
      const step = database.transaction(names, 'readwrite', { durability: 'strict' })
      for (const change of changes) {
        const store = step.objectStore(change.store)
        // The end of the transaction tells; a failed part fails the whole.
        if ('put' in change) void store.put(change.put).catch(() => undefined)
        else if ('drop' in change) void store.delete(change.drop).catch(() => undefined)
        else void store.clear().catch(() => undefined)
      }
      await step.done
    }
  }
}
