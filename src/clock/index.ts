export { Chain, type Link } from './chain.ts'
export { type Cancel, type Clock, SimulatedClock } from './clock.ts'
export { systemClock } from './system-clock.ts'
