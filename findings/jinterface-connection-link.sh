#!/usr/bin/env bash
# Jinterface 1.13.1 (Debian erlang-jinterface 1:25.2.3+dfsg-1+deb12u4) and a node of OTP 25.2.3, no Moebi. Needs javac and java.
#
# `OtpConnection.link(pid)` and `OtpConnection.unlink(pid)` always throw a NullPointerException: the table of links of a connection
# that `OtpSelf.connect` or `OtpSelf.accept` returns is never made. Programs that link must use OtpNode and OtpMbox, whose `link`
# works.
#
# Seen: `connection: java.lang.NullPointerException, mailbox: linked`
# Expected from the documentation of OtpConnection ("Create a link between the local node and the specified process"): both link.
set -euo pipefail

version=1:25.2.3+dfsg-1+deb12u4
folder=$(mktemp -d)
epmd=''
node=''
finish() {
  for pid in $node $epmd; do kill "$pid" 2>/dev/null || true; done
  rm -rf "$folder"
}
trap finish EXIT

cd "$folder"
apt-get download -q "erlang-base=$version" "erlang-jinterface=$version" >/dev/null 2>&1
for package in *.deb; do dpkg-deb -x "$package" root; done
export ROOTDIR="$folder/root/usr/lib/erlang" EMU=beam PROGNAME=erl HOME="$folder"
BINDIR=$(echo "$ROOTDIR"/erts-*/bin)
export BINDIR ERL_EPMD_PORT=24534 ERL_EPMD_ADDRESS=127.0.0.1
"$BINDIR/epmd" &
epmd=$!
# The node answers {Pid, _} sent to `echo` with its own pid.
"$BINDIR/erlexec" -noinput -sname kate@localhost -setcookie finding -kernel inet_dist_use_interface '{127,0,0,1}' -eval '
  register(echo, self()), F = fun F() -> receive {P, _} -> P ! self(), F() end end, F().' >kate.log 2>&1 &
node=$!

cat >Links.java <<'END'
import com.ericsson.otp.erlang.*;

public class Links {
  static OtpErlangObject hello(OtpErlangPid self) {
    return new OtpErlangTuple(new OtpErlangObject[] {self, new OtpErlangAtom("hello")});
  }

  public static void main(String[] args) throws Exception {
    OtpSelf self = new OtpSelf("carl@localhost", "finding");
    OtpConnection connection = self.connect(new OtpPeer("kate@localhost"));
    connection.send("echo", hello(self.pid()));
    OtpErlangPid kate = (OtpErlangPid) connection.receive(5000);
    try {
      connection.link(kate);
      System.out.print("connection: linked");
    } catch (NullPointerException error) {
      System.out.print("connection: " + error.getClass().getName());
    }
    OtpMbox box = new OtpNode("carla@localhost", "finding").createMbox();
    box.send("echo", "kate@localhost", hello(box.self()));
    box.link((OtpErlangPid) box.receive(5000));
    System.out.println(", mailbox: linked");
    System.exit(0);
  }
}
END
jar=$(find root/usr -name 'OtpErlang*.jar' -type f | head -1)
javac -cp "$jar" Links.java
sleep 2
seen=$(timeout 60 java -cp "$jar:." Links)
echo "$seen"
[ "$seen" = 'connection: java.lang.NullPointerException, mailbox: linked' ]
