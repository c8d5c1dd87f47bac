#!/usr/bin/env bash
# libei of OTP 25.2.3 (erl_interface 5.3, Debian erlang-dev 1:25.2.3+dfsg-1+deb12u4), no Moebi. Needs cc.
#
# `ei_x_format` and `ei_x_format_wo_ver` read a float with an exponent as two terms. `{speed, 1.5e3}` becomes a tuple of three
# elements, `{speed, 1500.0, 3}`: the value is right, and the digits of the exponent follow as an integer. There is no error.
# `erl_call -a` parses its arguments with this function, so `erl_call -a 'erlang abs [1.5e3]'` calls `erlang:abs/2`. Programs that
# fill in numbers with `~f` or `~d` are not affected.
#
# Seen: `{speed, 1500.000000, 3}` `[0.000100, -4]` `[1500.000000]` for `{speed, 1.5e3}`, `[1.0e-4]` and `[1500.0]`
# Expected from the documentation ("Formats a term, given as a string, to a buffer"): `{speed, 1500.000000}` and `[0.000100]`.
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
seen=$(timeout 20 ./format '{speed, 1.5e3}' '[1.0e-4]' '[1500.0]')
echo "$seen"
[ "$seen" = '{speed, 1500.000000, 3} [0.000100, -4] [1500.000000] ' ]
