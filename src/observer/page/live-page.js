import { fill, problem } from './dom.js'
import { openView } from './events.js'

/** A page that shows one view of the server while it is in the document. */
export class LivePage extends HTMLElement {
  /** The parameters in the address of the page. */
  params = new URLSearchParams()
  #close = () => {}

  /** Name of the view, and its parameters. */
  get view() {
    return ['', {}]
  }

  connectedCallback() {
    this.start()
    this.open()
  }

  disconnectedCallback() {
    this.#close()
  }

  /** Opens the view again, with other parameters. */
  open() {
    this.#close()
    const [name, params] = this.view
    this.#close = openView(name, params, (value) => {
      if (value.problem) fill(this.body ?? this, problem(value.problem))
      else this.show(value)
    })
  }

  /** Makes what does not change. */
  start() {}

  /** Shows a value of the view. */
  show(_value) {}
}
