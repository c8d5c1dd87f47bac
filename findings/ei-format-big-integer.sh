#!/usr/bin/env bash
# libei of OTP 25.2.3 (erl_interface 5.3, Debian erlang-dev 1:25.2.3+dfsg-1+deb12u4), no Moebi. Needs cc.
#
# `ei_x_format` and `ei_x_format_wo_ver` read an integer of more than 64 bits as the nearest integer of 64 bits. There is no error.
# Erlang integers have no such limit, and libei encodes and decodes larger ones (`ei_encode_bignum`). `erl_call -a` parses its arguments
# with this function, so `erl_call -a 'erlang abs [123456789012345678901234567890]'` prints 9223372036854775807.
#
# Seen: `9223372036854775807 -9223372036854775808 9223372036854775807` for 123456789012345678901234567890, -123456789012345678901234567890
# and 9223372036854775807
# Expected from the documentation ("Formats a term, given as a string, to a buffer"): the integers, or an error.
set -euo pipefail

version=1:25.2.3+dfsg-1+deb12u4
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cd "$folder"
apt-get download -q "erlang-dev=$version" >/dev/null 2>&1
dpkg-deb -x erlang-dev_*.deb root
cat >format.c <<'END'
#include <stdio.h>
#include <ei.h>

int main(int count, char **text) {
  for (int i = 1; i < count; i++) {
    ei_x_buff term;
    char *printed = NULL;
    int at = 0;
    ei_x_new(&term);
    if (ei_x_format_wo_ver(&term, text[i]) < 0) printf("error ");
    else if (ei_s_print_term(&printed, term.buff, &at) > 0) printf("%s ", printed);
  }
  return 0;
}
END
cc -pthread -I"$folder/root/usr/include" -o format format.c "$folder/root/usr/lib/libei.a"
seen=$(timeout 20 ./format 123456789012345678901234567890 -123456789012345678901234567890 9223372036854775807)
echo "$seen"
[ "$seen" = '9223372036854775807 -9223372036854775808 9223372036854775807 ' ]
