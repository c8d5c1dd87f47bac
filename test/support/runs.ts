const times = process.env.MOEBI_SOAK === undefined ? 1 : 50

/** How often something random is tried: as often as it says, and fifty times as often in `npm run soak`. */
export function runs(count: number): number {
  return count * times
}

/** How long that may take, in ms. */
export function patience(ms: number): number {
  return ms * times
}
