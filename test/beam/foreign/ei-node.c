/* A C node of libei for the tests. It reads a command a line and answers each with one line; see foreign-node.ts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <netinet/in.h>
#define USE_EI_UNDOCUMENTED
#include <ei.h>

static ei_cnode node;
static int connection = -1, listener = -1;
static erlang_pid peer; /* The process that sent the last message, link or monitor. */

static void fail(const char *what) {
  printf("error %s (erl_errno %d)\n", what, erl_errno);
}

/* Decodes one term into the types of C, and encodes it again. Returns -1 where libei refuses one. */
static int copy(const char *from, int *at, ei_x_buff *to) {
  int type, size, arity, i;
  long number;
  double real;
  if (ei_get_type(from, at, &type, &size) < 0) return -1;
  switch (type) {
  case ERL_SMALL_INTEGER_EXT: case ERL_INTEGER_EXT:
    return ei_decode_long(from, at, &number) || ei_x_encode_long(to, number);
  case ERL_SMALL_BIG_EXT: case ERL_LARGE_BIG_EXT: {
    EI_LONGLONG wide;
    erlang_big *big;
    if (ei_decode_longlong(from, at, &wide) == 0) return ei_x_encode_longlong(to, wide);
    big = ei_alloc_big(size);
    i = ei_decode_big(from, at, big) || ei_x_encode_big(to, big);
    ei_free_big(big);
    return i;
  }
  case ERL_FLOAT_EXT: case NEW_FLOAT_EXT:
    return ei_decode_double(from, at, &real) || ei_x_encode_double(to, real);
  case ERL_ATOM_EXT: {
    char text[MAXATOMLEN_UTF8];
    if (ei_decode_atom_as(from, at, text, sizeof text, ERLANG_UTF8, NULL, NULL)) return -1;
    return ei_x_encode_atom_as(to, text, ERLANG_UTF8, ERLANG_UTF8);
  }
  case ERL_STRING_EXT: {
    char *text = malloc(size + 1);
    i = ei_decode_string(from, at, text) || ei_x_encode_string_len(to, text, size);
    free(text);
    return i;
  }
  case ERL_BINARY_EXT: case ERL_BIT_BINARY_EXT: {
    const char *bytes;
    unsigned int offset;
    size_t bits;
    return ei_decode_bitstring(from, at, &bytes, &offset, &bits) || ei_x_encode_bitstring(to, bytes, offset, bits);
  }
  case ERL_PID_EXT: case ERL_NEW_PID_EXT: {
    erlang_pid pid;
    return ei_decode_pid(from, at, &pid) || ei_x_encode_pid(to, &pid);
  }
  case ERL_REFERENCE_EXT: case ERL_NEW_REFERENCE_EXT: case ERL_NEWER_REFERENCE_EXT: {
    erlang_ref reference;
    return ei_decode_ref(from, at, &reference) || ei_x_encode_ref(to, &reference);
  }
  case ERL_PORT_EXT: case ERL_NEW_PORT_EXT: case ERL_V4_PORT_EXT: {
    erlang_port port;
    return ei_decode_port(from, at, &port) || ei_x_encode_port(to, &port);
  }
  case ERL_FUN_EXT: case ERL_NEW_FUN_EXT: case ERL_EXPORT_EXT: {
    erlang_fun fun;
    if (ei_decode_fun(from, at, &fun)) return -1;
    i = ei_x_encode_fun(to, &fun);
    free_fun(&fun);
    return i;
  }
  case ERL_SMALL_TUPLE_EXT: case ERL_LARGE_TUPLE_EXT:
    if (ei_decode_tuple_header(from, at, &arity) || ei_x_encode_tuple_header(to, arity)) return -1;
    break;
  case ERL_MAP_EXT:
    if (ei_decode_map_header(from, at, &arity) || ei_x_encode_map_header(to, arity)) return -1;
    arity *= 2;
    break;
  case ERL_NIL_EXT:
    return ei_decode_list_header(from, at, &arity) || ei_x_encode_empty_list(to);
  case ERL_LIST_EXT:
    if (ei_decode_list_header(from, at, &arity) || ei_x_encode_list_header(to, arity)) return -1;
    arity++; /* the tail */
    break;
  default:
    return -1;
  }
  for (i = 0; i < arity; i++)
    if (copy(from, at, to)) return -1;
  return 0;
}

/* Appends the term whose external format, version byte included, is given as hex digits. */
static int term(const char *hex, ei_x_buff *to) {
  int length = strlen(hex) / 2, at = 0, i, version, failed;
  char *bytes = malloc(length + 1);
  for (i = 0; i < length; i++) {
    unsigned int byte;
    sscanf(hex + 2 * i, "%2x", &byte);
    bytes[i] = byte;
  }
  failed = ei_decode_version(bytes, &at, &version) || copy(bytes, &at, to);
  free(bytes);
  return failed;
}

static void print(const char *word, const ei_x_buff *buffer, int at) {
  char *text = NULL;
  int version, start = at;
  if (ei_decode_version(buffer->buff, &at, &version)) at = start;
  if (ei_s_print_term(&text, buffer->buff, &at) < 0) fail("ei_s_print_term");
  else printf("%s%s\n", word, text);
  free(text);
}

/* Receives one signal. Answers {Pid, Term} with {echo, Term} when `echo` is set. */
static void receive(int milliseconds, int echo) {
  static const struct { long type; const char *name; } signals[] = {
    {ERL_LINK, "link"}, {ERL_UNLINK, "unlink"}, {ERL_EXIT, "exit"}, {ERL_EXIT2, "exit2"}, {ERL_MONITOR_P, "monitor"},
    {ERL_DEMONITOR_P, "demonitor"}, {ERL_MONITOR_P_EXIT, "monitor_exit"}, {ERL_GROUP_LEADER, "group_leader"},
  };
  erlang_msg message;
  ei_x_buff buffer, answer;
  int result, at = 0, version, arity;
  unsigned int i;
  memset(&message, 0, sizeof message);
  ei_x_new(&buffer);
  do
    result = ei_xreceive_msg_tmo(connection, &message, &buffer, milliseconds);
  while (result == ERL_TICK);
  if (result == ERL_ERROR) printf("%s\n", erl_errno == ETIMEDOUT ? "nothing" : "closed");
  else if (message.msgtype == ERL_SEND || message.msgtype == ERL_REG_SEND) {
    if (ei_decode_version(buffer.buff, &at, &version) == 0 && ei_decode_tuple_header(buffer.buff, &at, &arity) == 0 &&
        arity == 2 && ei_decode_pid(buffer.buff, &at, &peer) == 0 && echo) {
      ei_x_new_with_version(&answer);
      ei_x_encode_tuple_header(&answer, 2);
      ei_x_encode_atom(&answer, "echo");
      if (copy(buffer.buff, &at, &answer)) fail("copy");
      else if (ei_send(connection, &peer, answer.buff, answer.index) < 0) fail("ei_send");
      else printf("ok\n");
      ei_x_free(&answer);
    } else {
      char word[MAXATOMLEN_UTF8 + 12] = "send ";
      if (message.msgtype == ERL_REG_SEND) sprintf(word, "reg_send %s ", message.toname);
      print(word, &buffer, 0);
    }
  } else {
    peer = message.from;
    for (i = 0; i < sizeof signals / sizeof *signals; i++)
      if (signals[i].type == message.msgtype) break;
    if (i == sizeof signals / sizeof *signals) printf("signal %ld\n", message.msgtype);
    else if (message.msgtype == ERL_EXIT || message.msgtype == ERL_EXIT2) {
      char word[20];
      sprintf(word, "%s ", signals[i].name);
      print(word, &buffer, 0);
    } else printf("%s\n", signals[i].name);
  }
  ei_x_free(&buffer);
}

static void rpc(const char *module, const char *function, const char *hex) {
  ei_x_buff arguments, result;
  ei_x_new(&arguments);
  ei_x_new(&result);
  if (term(hex, &arguments)) fail("term");
  else if (ei_rpc(&node, connection, (char *)module, (char *)function, arguments.buff, arguments.index, &result) < 0)
    fail("ei_rpc");
  else print("", &result, 0);
  ei_x_free(&arguments);
  ei_x_free(&result);
}

/* Sends {Self, Term} to a registered name, or to the process that sent the last message. */
static void send_term(const char *name, const char *hex) {
  ei_x_buff message;
  int result;
  ei_x_new_with_version(&message);
  ei_x_encode_tuple_header(&message, 2);
  ei_x_encode_pid(&message, ei_self(&node));
  if (term(hex, &message)) {
    fail("term");
    return;
  }
  result = name ? ei_reg_send(&node, connection, (char *)name, message.buff, message.index)
                : ei_send(connection, &peer, message.buff, message.index);
  if (result < 0) fail("send");
  else printf("ok\n");
  ei_x_free(&message);
}

int main(int count, char **argument) {
  static char line[1 << 20];
  struct in_addr loopback = {htonl(INADDR_LOOPBACK)};
  char alive[MAXATOMLEN_UTF8];
  if (count != 3 || ei_init()) return 1;
  sprintf(alive, "%.*s", (int)strcspn(argument[1], "@"), argument[1]);
  /* ei_connect_init would append the name of this machine. */
  if (ei_connect_xinit(&node, "localhost", alive, argument[1], &loopback, argument[2], getpid()) < 0) return 1;
  setvbuf(stdout, NULL, _IOLBF, 0);
  while (fgets(line, sizeof line, stdin)) {
    char *word = strtok(line, " \n"), *first = strtok(NULL, " \n"), *second = strtok(NULL, " \n"), *third = strtok(NULL, " \n");
    if (word == NULL) continue;
    if (!strcmp(word, "connect")) {
      connection = ei_connect_tmo(&node, first, 20000);
      if (connection < 0) fail("ei_connect");
      else printf("ok\n");
    } else if (!strcmp(word, "publish")) {
      int port = 0;
      listener = ei_listen(&node, &port, 5);
      if (listener < 0 || ei_publish_tmo(&node, port, 20000) < 0) fail("ei_publish");
      else printf("ok\n");
    } else if (!strcmp(word, "accept")) {
      ErlConnect other;
      connection = ei_accept_tmo(&node, listener, &other, 20000);
      if (connection < 0) fail("ei_accept");
      else printf("%s\n", other.nodename);
    } else if (!strcmp(word, "rpc")) rpc(first, second, third);
    else if (!strcmp(word, "reg_send")) send_term(first, second);
    else if (!strcmp(word, "send")) send_term(NULL, first);
    else if (!strcmp(word, "receive")) receive(atoi(first), 0);
    else if (!strcmp(word, "echo")) receive(atoi(first), 1);
    else if (!strcmp(word, "close")) {
      ei_close_connection(connection);
      printf("ok\n");
    } else printf("error no such command: %s\n", word);
  }
  return 0;
}
