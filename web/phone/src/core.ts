// What works without a browser, in one piece: the simulation and the unit tests take it from here.
export * from './sync/types'
export * from './sync/clock'
export * from './sync/later'
export * from './sync/outbox'
export * from './sync/sender'
export * from './sync/bundle'
export * from './work/tube'
export * from './work/codes'
