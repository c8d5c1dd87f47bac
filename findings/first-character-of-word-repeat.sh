#!/usr/bin/env bash
# OTP 25.2.3 (Debian erlang-base 1:25.2.3+dfsg-1+deb12u4), the module `re` with the option `unicode`, no Moebi.
#
# `\w` matches é, as the documentation says of the letters of Latin-1. `\w+` does not match é as its first character, but matches
# it as a later one: the minimum of a repetition is compared with 128, the rest with the table of 256 characters. A search for a
# word that begins with such a letter finds the word without that letter.
#
# Seen: `{match,[{0,2}]} nomatch {match,[{2,1}]} {match,[{0,3}]}` for `\w` and `\w+` on "é", and `\w+` on "él" and "lé"
# Expected: `{match,[{0,2}]}` for both on "é", and the whole text for the others.
set -euo pipefail

version=1:25.2.3+dfsg-1+deb12u4
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cd "$folder"
apt-get download -q "erlang-base=$version" >/dev/null 2>&1
dpkg-deb -x erlang-base_*.deb root
export ROOTDIR="$folder/root/usr/lib/erlang" EMU=beam PROGNAME=erl HOME="$folder"
BINDIR=$(echo "$ROOTDIR"/erts-*/bin)
export BINDIR
seen=$(timeout 60 "$BINDIR/erlexec" -noinput -eval '
  Run = fun(Codes, Pattern) -> re:run(unicode:characters_to_binary(Codes), Pattern, [unicode]) end,
  io:format("~w ~w ~w ~w", [Run([233], "\\w"), Run([233], "\\w+"), Run([233, $l], "\\w+"), Run([$l, 233], "\\w+")]),
  halt().')
echo "$seen"
[ "$seen" = '{match,[{0,2}]} nomatch {match,[{2,1}]} {match,[{0,3}]}' ]
