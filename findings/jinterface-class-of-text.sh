#!/usr/bin/env bash
# Jinterface 1.13.1 (Debian erlang-jinterface 1:25.2.3+dfsg-1+deb12u4), no Moebi. Needs javac and java.
#
# The class of a text that arrives depends on its characters and its length. An OtpErlangString that is encoded and decoded is an
# OtpErlangString again only with 1 to 65,535 characters of Latin-1. The empty text, a longer one, and one with any other character
# are an OtpErlangList of integers, and `equals` with the OtpErlangString is false on both sides. A server in Java that tests
# `instanceof OtpErlangString` works until somebody sends an empty text.
#
# Seen: `"hi" OtpErlangString true, "" OtpErlangList false, "a€" OtpErlangList false, 65535 OtpErlangString true, 65536 OtpErlangList false`
# Expected from the documentation of OtpErlangString ("Provides a Java representation of Erlang strings"): one class, and `equals`.
set -euo pipefail

version=1:25.2.3+dfsg-1+deb12u4
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cd "$folder"
apt-get download -q "erlang-jinterface=$version" >/dev/null 2>&1
dpkg-deb -x erlang-jinterface_*.deb root
cat >Texts.java <<'END'
import com.ericsson.otp.erlang.*;

public class Texts {
  static String echo(String name, String text) throws Exception {
    OtpErlangString sent = new OtpErlangString(text);
    OtpErlangObject received = new OtpInputStream(new OtpOutputStream(sent).toByteArray()).read_any();
    return name + " " + received.getClass().getSimpleName() + " " + received.equals(sent);
  }

  public static void main(String[] args) throws Exception {
    System.out.println(String.join(", ",
        echo("\"hi\"", "hi"), echo("\"\"", ""), echo("\"a\u20ac\"", "a\u20ac"),
        echo("65535", "a".repeat(65535)), echo("65536", "a".repeat(65536))));
  }
}
END
jar=$(find root/usr -name 'OtpErlang*.jar' -type f | head -1)
javac -cp "$jar" Texts.java
seen=$(timeout 60 java -Dsun.stdout.encoding=UTF-8 -Dstdout.encoding=UTF-8 -Dfile.encoding=UTF-8 -cp "$jar:." Texts)
echo "$seen"
[ "$seen" = '"hi" OtpErlangString true, "" OtpErlangList false, "a€" OtpErlangList false, 65535 OtpErlangString true, 65536 OtpErlangList false' ]
