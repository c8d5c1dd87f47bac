import { type InspectOptions as NodeOptions, inspect as nodeInspect } from 'node:util'
import { Atom } from '../atom.ts'
import { BitString } from '../binary.ts'
import { Float } from '../float.ts'
import { ExportFun, Fun } from '../fun.ts'
import { ImproperList } from '../list.ts'
import { NativeRecord } from '../native-record.ts'
import { Pid } from '../pid.ts'
import { Port, Reference } from '../reference.ts'
import { TermMap } from '../term-map.ts'
import { TupleClass } from '../tuple.ts'
import { inspect } from './inspect.ts'

// console.log shows terms as Elixir does, also inside of other values.
const classes = [
  Atom,
  BitString,
  ExportFun,
  Float,
  Fun,
  ImproperList,
  NativeRecord,
  Pid,
  Port,
  Reference,
  TermMap,
  TupleClass,
]

for (const { prototype } of classes)
  Object.defineProperty(prototype, nodeInspect.custom, {
    configurable: true,
    value(this: unknown, _depth: number, { breakLength, colors }: NodeOptions) {
      return inspect(this, {
        colors: colors ?? false,
        ...(breakLength === undefined || breakLength > 1_000
          ? { pretty: breakLength === undefined }
          : { width: breakLength }),
      })
    },
  })
