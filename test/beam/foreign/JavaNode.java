import com.ericsson.otp.erlang.*;
import java.io.*;
import java.util.*;

/**
 * A node of Jinterface for the tests: `JavaNode node NAME COOKIE` uses OtpNode and OtpMbox, `JavaNode self NAME COOKIE` uses OtpSelf,
 * OtpPeer and OtpConnection. It reads a command a line and answers each with one line; see foreign-node.ts.
 */
public class JavaNode {
  static OtpErlangPid peer; // The process that sent the last message {Pid, Term}.

  static OtpErlangObject term(String hex) throws Exception {
    byte[] bytes = new byte[hex.length() / 2];
    for (int i = 0; i < bytes.length; i++) bytes[i] = (byte) Integer.parseInt(hex.substring(2 * i, 2 * i + 2), 16);
    return new OtpInputStream(bytes).read_any();
  }

  static OtpErlangObject pair(OtpErlangObject first, OtpErlangObject second) {
    return new OtpErlangTuple(new OtpErlangObject[] {first, second});
  }

  /** Remembers the sender of {Pid, Term}, and returns Term; null for another message. */
  static OtpErlangObject from(OtpErlangObject message) {
    if (!(message instanceof OtpErlangTuple)) return null;
    OtpErlangTuple tuple = (OtpErlangTuple) message;
    if (tuple.arity() != 2 || !(tuple.elementAt(0) instanceof OtpErlangPid)) return null;
    peer = (OtpErlangPid) tuple.elementAt(0);
    return tuple.elementAt(1);
  }

  static String kind(OtpMsg message) throws Exception {
    switch (message.type()) {
      case OtpMsg.linkTag: return "link";
      case OtpMsg.unlinkTag: return "unlink";
      case OtpMsg.exitTag: return "exit " + message.getMsg();
      case OtpMsg.exit2Tag: return "exit2 " + message.getMsg();
      case OtpMsg.regSendTag: from(message.getMsg()); return "reg_send " + message.getRecipientName() + " " + message.getMsg();
      default: from(message.getMsg()); return "send " + message.getMsg();
    }
  }

  interface Commands {
    String run(String[] words) throws Exception;
  }

  public static void main(String[] argument) throws Exception {
    Commands commands = argument[0].equals("node") ? node(argument[1], argument[2]) : self(argument[1], argument[2]);
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
    PrintStream out = new PrintStream(System.out, true, "UTF-8");
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      String answer;
      try {
        answer = commands.run(line.split(" "));
      } catch (OtpErlangExit exit) {
        answer = "exit " + exit.reason();
      } catch (Exception error) {
        answer = "error " + error;
      }
      out.println(answer.replace("\n", "\\n"));
    }
    System.exit(0);
  }

  static Commands node(String name, String cookie) throws Exception {
    OtpNode node = new OtpNode(name, cookie);
    OtpMbox box = node.createMbox("box");
    return words -> {
      switch (words[0]) {
        case "ping": return String.valueOf(node.ping(words[1], 10_000));
        case "reg_send": box.send(words[1], words[2], pair(box.self(), term(words[3]))); return "ok";
        case "send": box.send(peer, pair(box.self(), term(words[1]))); return "ok";
        case "receive": {
          OtpErlangObject message = box.receive(Long.parseLong(words[1]));
          if (message != null) from(message);
          return message == null ? "nothing" : String.valueOf(message);
        }
        case "echo": {
          OtpErlangObject value = from(box.receive(Long.parseLong(words[1])));
          box.send(peer, pair(new OtpErlangAtom("echo"), value));
          return "ok";
        }
        case "link": box.link(peer); return "ok";
        case "unlink": box.unlink(peer); return "ok";
        case "exit": box.exit(peer, term(words[1])); return "ok";
        case "close": node.closeMbox(box, term(words[1])); return "ok";
        default: return "error no such command: " + words[0];
      }
    };
  }

  static Commands self(String name, String cookie) throws Exception {
    OtpSelf self = new OtpSelf(name, cookie);
    OtpConnection[] connection = new OtpConnection[1];
    return words -> {
      OtpConnection link = connection[0];
      switch (words[0]) {
        case "connect": connection[0] = self.connect(new OtpPeer(words[1])); return "ok";
        case "publish": return String.valueOf(self.publishPort());
        case "accept": connection[0] = self.accept(); return connection[0].peer().node();
        case "rpc": link.sendRPC(words[1], words[2], (OtpErlangList) list(term(words[3]))); return String.valueOf(link.receiveRPC());
        case "reg_send": link.send(words[1], pair(self.pid(), term(words[2]))); return "ok";
        case "send": link.send(peer, pair(self.pid(), term(words[1]))); return "ok";
        case "receive":
          try {
            return kind(link.receiveMsg(Long.parseLong(words[1])));
          } catch (InterruptedException none) {
            return "nothing";
          }
        case "echo": {
          OtpErlangObject value = from(link.receive(Long.parseLong(words[1])));
          link.send(peer, pair(new OtpErlangAtom("echo"), value));
          return "ok";
        }
        case "link": link.link(peer); return "ok";
        case "unlink": link.unlink(peer); return "ok";
        case "exit": link.exit(peer, term(words[1])); return "ok";
        case "close": link.close(); return "ok";
        default: return "error no such command: " + words[0];
      }
    };
  }

  /** Jinterface reads a list of bytes as a string. */
  static OtpErlangObject list(OtpErlangObject value) {
    return value instanceof OtpErlangString ? new OtpErlangList(((OtpErlangString) value).stringValue()) : value;
  }
}
