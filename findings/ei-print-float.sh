#!/usr/bin/env bash
# libei of OTP 25.2.3 (erl_interface 5.3, Debian erlang-dev 1:25.2.3+dfsg-1+deb12u4), no Moebi. Needs cc.
#
# `ei_print_term` and `ei_s_print_term` print a float with `%f`: six digits after the point, and no exponent. 1.0e-7 is printed as
# 0.000000, so a small value looks like zero, and two different floats look equal. 1.0e100 is printed with 101 digits. `erl_call`
# prints the results of calls with this function: `erl_call -a 'math exp [-20]'` prints 0.000000.
# In the same functions a byte from 128 on in a string is printed with its sign extended: [233] is "\xffffffe9".
#
# Seen: `0.000000 0.100000 0.100000 "\xffffffe9"` for 1.0e-7, 0.1, 0.1000000001 and [233]
# Expected from the documentation ("tries to resemble the term printing in the Erlang shell"): `1.0e-7 0.1 0.1000000001 "é"`
set -euo pipefail

version=1:25.2.3+dfsg-1+deb12u4
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cd "$folder"
apt-get download -q "erlang-dev=$version" >/dev/null 2>&1
dpkg-deb -x erlang-dev_*.deb root
cat >print.c <<'END'
#include <stdio.h>
#include <ei.h>

static void print(ei_x_buff *term) {
  char *printed = NULL;
  int at = 0;
  if (ei_s_print_term(&printed, term->buff, &at) > 0) printf("%s ", printed);
}

int main(void) {
  double floats[] = {1.0e-7, 0.1, 0.1000000001};
  ei_x_buff term;
  for (int i = 0; i < 3; i++) {
    ei_x_new(&term);
    ei_x_encode_double(&term, floats[i]);
    print(&term);
  }
  ei_x_new(&term);
  ei_x_encode_string(&term, "\xe9");
  print(&term);
  return 0;
}
END
cc -pthread -I"$folder/root/usr/include" -o print print.c "$folder/root/usr/lib/libei.a"
seen=$(timeout 20 ./print)
echo "$seen"
[ "$seen" = '0.000000 0.100000 0.100000 "\xffffffe9" ' ]
