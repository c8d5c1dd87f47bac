import { existsSync, writeFileSync } from 'node:fs'
import { Application, GenServer, IO, receive, reply, Supervisor, self, Task } from 'moebi'

/** A computation that blocks its thread. */
export function sum(n: number): number {
  let result = 0
  for (let i = 1; i <= n; i++) result += i
  return result
}

/** Computes until a file exists. Another file shows that it computes. */
export function sumUntil(begun: string, enough: string): number {
  writeFileSync(begun, '')
  let result = 0
  while (!existsSync(enough)) result += sum(1_000)
  return result
}

export function forever(): never {
  for (;;);
}

export const greet = (who: string) => IO.puts(`hello ${who}`)

export const colour = () => Application.getEnv<() => string>('crunch', 'colour')()

export const echo = (text: string) => text

export async function uncaught(): Promise<void> {
  setTimeout(() => {
    throw new Error('nobody catches this')
  }, 20)
  await receive()
}

export const leave = (code: number) => process.exit(code)

export const Counter = GenServer.define({
  init: (start: number) => start,
  call: { add: (n, by: number) => reply(n + by, n + by), where: (n) => reply(self(), n) },
})

export default Application.define({
  name: 'crunch',
  floats: 'number',
  modules: { Crunch: { sum, sumUntil, forever, greet, colour, echo, uncaught, leave } },
  start: () =>
    Supervisor.startLink(
      [Task.Supervisor.child({ name: 'Crunch.Tasks' }), Counter.child(0, { name: 'Counter' })],
      { strategy: 'one_for_one' },
    ),
})
