#!/usr/bin/env bash
# libei of OTP 25.2.3 (erl_interface 5.3, Debian erlang-dev 1:25.2.3+dfsg-1+deb12u4), no Moebi. Needs cc.
#
# `ei_x_format` and `ei_x_format_wo_ver` know no escapes: a backslash in a quoted atom or a string is a character, and the next quote
# ends the text. 'don\'t' is the atom of the four characters d, o, n and backslash; "a\nb" has four characters. What follows the
# term is dropped without an error, so `16#ff` is the integer 16. Texts and atoms that are filled in with `~s` and `~a` are not affected.
#
# Seen: `'don\' "don\" 16` for 'don\'t', "don\"t" and 16#ff, and 7 bytes for "a\nb"
# Expected from the documentation ("Formats a term, given as a string, to a buffer"): 'don\'t', "don\"t" and 255, and 6 bytes.
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
    else if (ei_s_print_term(&printed, term.buff, &at) > 0) printf("%s (%d) ", printed, term.index);
  }
  return 0;
}
END
cc -pthread -I"$folder/root/usr/include" -o format format.c "$folder/root/usr/lib/libei.a"
seen=$(timeout 20 ./format "'don\\'t'" '"don\"t"' '16#ff' '"a\nb"')
echo "$seen"
[ "$seen" = "'don\\' (6) \"don\\\" (7) 16 (2) \"a\\nb\" (7) " ]
