#!/usr/bin/env bash
# bert 1.1.6 (Debian ruby-bert 1.1.6-2+b4, with Ruby 3.1) and any `erl` on the PATH (seen with OTP 25.2.3), no Moebi. Needs ruby3.1.
#
# A float crosses in one direction only, and not whole. The gem writes it as text with 16 significant digits, and 17 are needed:
# 0.1 + 0.2 arrives as 0.3. It knows only that old textual form, so each float that term_to_binary/1 writes (NEW_FLOAT_EXT, the
# default since OTP 17) is refused. A symbol with a letter outside of ASCII is written as UTF-8 under the tag of Latin-1: the BEAM
# gets another atom, without an error, one character longer.
#
# Seen: `0.30000000000000004 arrives as 0.3; 1.5 of a BEAM: Unknown term tag: 70; :größe has 7 characters`
# Expected: 0.30000000000000004, 1.5, and 5 characters.
set -euo pipefail

version=1.1.6-2+b4
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cd "$folder"
apt-get download -q "ruby-bert=$version" >/dev/null 2>&1
dpkg-deb -x ruby-bert_*.deb root
gem=$(dirname "$(find root -name bert.rb -path '*/lib/bert.rb')")
extension=$(dirname "$(find root -name decode.so)")
cat >bert.rb <<'END'
require 'bert'

case ARGV[0]
when 'float' then print BERT.encode(0.1 + 0.2).unpack1('H*')
when 'symbol' then print BERT.encode(:größe).unpack1('H*')
when 'read'
  begin
    print BERT.decode([ARGV[1]].pack('H*'))
  rescue StandardError => error
    print error.message
  end
end
END
run() { LANG=C.UTF-8 timeout 20 ruby3.1 -W0 -I"$gem" -I"$extension" bert.rb "$@"; }
beam() { timeout 20 erl -noshell -eval "io:format(\"~w\", [$1]), halt()."; }
bytes=$(timeout 20 erl -noshell -eval 'io:format("~s", [binary:encode_hex(term_to_binary(1.5))]), halt().')
float=$(beam "binary_to_term(binary:decode_hex(<<\"$(run float)\">>))")
symbol=$(beam "length(atom_to_list(binary_to_term(binary:decode_hex(<<\"$(run symbol)\">>))))")
seen="0.30000000000000004 arrives as $float; 1.5 of a BEAM: $(run read "$bytes"); :größe has $symbol characters"
echo "$seen"
[ "$seen" = '0.30000000000000004 arrives as 0.3; 1.5 of a BEAM: Unknown term tag: 70; :größe has 7 characters' ]
