export { type Cancel, type Clock, SimulatedClock } from './clock.ts'
export { LinkedList, type ListNode } from './linked-list.ts'
export { systemClock } from './system-clock.ts'
