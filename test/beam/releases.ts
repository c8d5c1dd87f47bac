/** A release of OTP with which the tests run, as a node of it describes itself. */
export interface Release {
  readonly otp: string
  readonly elixir: string
  /** Where CI takes it from. */
  readonly debian: string
  /** Flags that it announces, besides PUBLISHED for a visible node. */
  readonly flags: bigint
  /** Flags without which it refuses a peer. */
  readonly mandatory: bigint
}

/** By major version. test/beam/releases.test.ts compares them with the node of the run. */
export const releases: Readonly<Record<number, Release>> = {
  25: {
    otp: '25.2.3',
    elixir: '1.14.0',
    debian: 'bookworm',
    flags: 0xd_07df_7fbcn,
    mandatory: 0x107_0f94n,
  },
  27: {
    otp: '27.3.4',
    elixir: '1.18.3',
    debian: 'trixie',
    flags: 0xd_07df_7fbcn,
    mandatory: 0x4_0307_0f94n,
  },
  29: {
    otp: '29.1.2',
    elixir: '1.20.4',
    debian: 'sid',
    flags: 0x6d_07df_7fbcn,
    mandatory: 0x4_0307_0f94n,
  },
}
