export { type Cancel, type Clock, SimulatedClock, systemClock } from './clock.ts'
