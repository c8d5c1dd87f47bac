/**
 * Opens a view of the server. The browser connects again by itself when the observer was away.
 *
 * @param {string} view
 * @param {Record<string, string>} params
 * @param {(value: any) => void} onValue
 * @returns {() => void} closes it
 */
export function openView(view, params, onValue) {
  const source = new EventSource(`/events/${view}?${new URLSearchParams(params)}`)
  source.onmessage = ({ data }) => onValue(JSON.parse(data))
  source.onopen = () => setConnected(true)
  source.onerror = () => setConnected(false)
  return () => source.close()
}

function setConnected(connected) {
  const status = document.querySelector('#connection')
  status.textContent = connected ? '' : 'The observer does not answer.'
}

/** Asks the observer to do something with a process. Returns its sentence. @throws Error with a sentence */
export async function act(action, request) {
  const response = await fetch(`/actions/${action}`, { method: 'POST', body: JSON.stringify(request) })
  const text = (await response.text()).trimEnd()
  if (!response.ok) throw new Error(text)
  return text
}
