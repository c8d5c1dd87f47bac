import { type Atom, atom } from '../term/index.ts'

// How a closure travels between Moebi nodes: a spawn request for moebi_closure:apply(Source, Bindings, Args). Bindings is a
// map from names (binaries) to {value, Term} or {source, Source, Bindings}.
export const MODULE: Atom<'moebi_closure'> = atom('moebi_closure')
export const APPLY: Atom<'apply'> = atom('apply')
export const VALUE: Atom<'value'> = atom('value')
export const SOURCE: Atom<'source'> = atom('source')
