import type { Cluster } from './cluster.ts'

/** A part of the page, as a stream of values. See `View` of the server. */
export type View = (params: URLSearchParams, send: (value: unknown) => void) => () => void

const PAUSE = 500
const LONGEST_PAUSE = 5_000
/** The pause after a reading, in durations of that reading: a tenth of the time is spent on reading. */
const DUTY = 9

/**
 * Returns the view that reads a value again and again, and sends it when it has changed. A failure is sent as `{ problem }`.
 *
 * @param read gets the parameters of the view and the name of the node that they say
 */
export function polled(
  cluster: Cluster,
  read: (params: URLSearchParams, node: string) => unknown | Promise<unknown>,
): View {
  return (params, send) => {
    const node = params.get('node') ?? cluster.self.name
    let open = true
    let busy = false
    let again = false
    let timer: NodeJS.Timeout | undefined
    let last = ''
    const run = async (): Promise<void> => {
      clearTimeout(timer)
      if (busy) {
        again = true
        return
      }
      busy = true
      again = false
      const start = performance.now()
      let value: unknown
      try {
        value = await read(params, node)
      } catch (thrown) {
        value = { problem: cluster.explain(node, thrown) }
      }
      busy = false
      if (!open) return
      const text = JSON.stringify(value)
      if (text !== last) send(value)
      last = text
      const pause = Math.min(Math.max(PAUSE, (performance.now() - start) * DUTY), LONGEST_PAUSE)
      timer = setTimeout(() => void run(), again ? 0 : pause)
    }
    cluster.addViewer(1)
    const stopListening = cluster.onChange(() => void run())
    void run()
    return () => {
      open = false
      clearTimeout(timer)
      stopListening()
      cluster.addViewer(-1)
    }
  }
}
