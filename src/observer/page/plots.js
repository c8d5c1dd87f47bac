import uPlot from '/uplot.js'
import { el } from './dom.js'

const COLORS = ['--plot-1', '--plot-2', '--plot-3', '--plot-4', '--plot-5', '--plot-6']
const KINDS = [
  ['memory', 'Memory in MiB', (value) => value / 2 ** 20],
  ['lag', 'Event-loop lag, or round trip of a BEAM, in ms', (value) => value],
  ['processes', 'Processes', (value) => value],
]

const HEIGHT = 160

/** Three plots with a line for each node. */
export class Plots {
  element = el('div', { class: 'plots' })
  #plots = []
  #names = ''
  #resize = new ResizeObserver(() => {
    for (const { plot, box } of this.#plots) plot.setSize({ width: innerWidth(box), height: HEIGHT })
  })
  #dark = matchMedia('(prefers-color-scheme: dark)')
  #onScheme = () => {
    this.#names = ''
  }

  constructor() {
    this.#resize.observe(this.element)
    this.#dark.addEventListener('change', this.#onScheme)
  }

  /** @param {Map<string, { time: number }[]>} samples by the names of the nodes */
  show(samples) {
    const names = [...samples.keys()]
    if (names.length === 0) return
    if (names.join(' ') !== this.#names) this.#make(names)
    for (const { plot, key, scale } of this.#plots) plot.setData(columns(samples, names, key, scale))
  }

  close() {
    this.#resize.disconnect()
    this.#dark.removeEventListener('change', this.#onScheme)
    for (const { plot } of this.#plots) plot.destroy()
  }

  #make(names) {
    for (const { plot } of this.#plots) plot.destroy()
    this.#names = names.join(' ')
    this.element.replaceChildren()
    const axis = {
      stroke: color('--text'),
      grid: { stroke: color('--line') },
      ticks: { stroke: color('--line') },
    }
    this.#plots = KINDS.map(([key, title, scale]) => {
      const box = el('figure', {}, el('figcaption', {}, title))
      this.element.append(box)
      const series = names.map((label, at) => ({
        label,
        stroke: color(COLORS[at % COLORS.length]),
        width: 1.5,
        spanGaps: true,
        points: { show: false },
        value: (_plot, value) => (value === null || value === undefined ? '–' : value.toFixed(1)),
      }))
      const plot = new uPlot(
        {
          width: innerWidth(box),
          height: HEIGHT,
          series: [{}, ...series],
          axes: [axis, { ...axis, size: 55 }],
          scales: { y: { range: (_plot, _min, max) => [0, Math.max(max * 1.1, 1)] } },
        },
        [[], ...names.map(() => [])],
        box,
      )
      return { plot, box, key, scale }
    })
  }
}

/** Returns the color of a variable of the style sheet, which a canvas cannot read by its name. */
function color(name) {
  const probe = el('span')
  probe.style.color = `var(${name})`
  document.body.append(probe)
  const found = getComputedStyle(probe).color
  probe.remove()
  return found
}

function innerWidth(box) {
  return Math.max(box.clientWidth - 16, 200)
}

/** Returns the times of all samples, and for each node its values at these times. */
function columns(samples, names, key, scale) {
  const times = [...new Set(names.flatMap((name) => samples.get(name).map(({ time }) => time)))].sort(
    (a, b) => a - b,
  )
  const at = new Map(times.map((time, index) => [time, index]))
  return [
    times,
    ...names.map((name) => {
      const column = new Array(times.length).fill(undefined)
      for (const sample of samples.get(name)) column[at.get(sample.time)] = scale(sample[key])
      return column
    }),
  ]
}
