import { Application, Supervisor, Task } from 'moebi'

/** Counts the primes below a number by trial division, which keeps a thread busy. */
export function primesBelow(limit: number): number {
  let count = 0
  for (let n = 2; n < limit; n++) {
    let divisor = 2
    while (divisor * divisor <= n && n % divisor !== 0) divisor++
    if (divisor * divisor > n) count++
  }
  return count
}

export default Application.define({
  name: 'crunch',
  floats: 'number',
  modules: { Crunch: { primesBelow } },
  start: () =>
    Supervisor.startLink([Task.Supervisor.child({ name: 'Crunch.Tasks' })], { strategy: 'one_for_one' }),
})
