/*
 * A session, a broker of MQTT 3.1.1 and a link between them that fails at any point.
 *
 * Run by `npm run models`; docs/simulation.md says what it shows. The parts, and what they are in the source:
 *
 *   arena: rKind rId rState rDup rMsg
 *                        TransmitArena, src/mqtt/transmit-arena.ts
 *   hasRoom              TransmitArena.room: the table of records, and the span of identifiers (MAX_SPAN)
 *   nextPacketId         TransmitArena.nextPacketId
 *   commit               TransmitArena.commit
 *   writeNext            TransmitArena.next and TransmitArena.sent, nextMessageState in src/mqtt/state.ts
 *   acknowledge          TransmitArena.acknowledge
 *   rewind               TransmitArena.rewind
 *   reclaim              TransmitArena.reclaim
 *   session              nextSessionState, src/mqtt/state.ts
 *   open                 Session.open and Session.resetConnection, src/mqtt/session.ts
 *   connack              Session.processConnack
 *   suback               Session.processSuback
 *   filter, nextFilter   Subscriptions.words, src/mqtt/subscriptions.ts
 *   ask                  Subscriptions.ask
 *   resetFilter          Subscriptions.reset
 *   filterConnected      Subscriptions.connected
 *   encode               Subscriptions.encode
 *   filterAnswered       Subscriptions.answered
 *   retry                Subscriptions.retry
 *   store                MessageQueue on a log, src/telemetry/outbox/message-queue.ts; its records are there after a
 *                        restart. What a power cut can do to the log is in outbox.pml.
 *   accept               MessageQueue.add
 *   publishOne           MessageQueue.publishOne, Session.publishRange, Session.admit, Outbox.sent
 *   noted                LogFrames.notePacketId, src/telemetry/outbox/log-frame.ts: the first identifier counts
 *   markDone             Outbox.acknowledged, src/telemetry/outbox/outbox.ts
 *   restart              MessageQueue.attach, importMessage in src/mqtt/persistence.ts
 *   Broker               a broker that keeps 3.1.1; there is no source of it here
 *
 * Abstractions:
 *   - Packets are whole. That the link ends within one shows as DUP on a message that the broker did not get.
 *   - Messages have one topic, so that the order of all of them is the order of the topic. They have numbers modulo
 *     CAPACITY + 1, since no more than CAPACITY of them are anywhere. So their number has no limit, as that of losses,
 *     restarts and takeovers has none.
 *   - There is no time: a deadline may pass whenever an answer is owed. The end of a connection is one step for each
 *     side, and the two steps may lie far apart (a half-open connection).
 *   - What a broker has not read of a connection that the client gave up can be read until the next CONNECT, and then
 *     no more [MQTT-3.1.4-2].
 *   - One topic filter, which the application may take back and want again. With REFUSES the broker may refuse it, any
 *     number of times, until the faults end; that it is asked for again then needs no loss of the connection.
 *
 * Bounds: CAPACITY messages that are not acknowledged, WINDOW of them in flight, IDS packet identifiers, PIPE packets
 * on the way in each direction. Not modelled: messages to the client, QoS 0, keep alive, `setAside`, streams.
 *
 * What is checked:
 *   lost       a message that the store forgets was received by the broker
 *   order      the broker gets messages for the first time in the order of the store; on one connection each at most
 *              once, in this order
 *   DUP        in a persistent session what comes again has DUP and its old identifier, also after a restart
 *              [MQTT-3.3.1-1] [MQTT-4.4.0-1]; a clean session never has DUP
 *   bound      on a connection at most WINDOW messages come that the broker had
 *   id         no identifier is given that a packet which is not acknowledged has [MQTT-2.3.1-2]
 *   filter     what the session takes for subscribed is subscribed, as long as both sides have the connection
 *   recovers   from any state, when faults end (`calm`), everything is acknowledged after a while and the wish for the
 *              filter holds at the broker, for good; also with a broker that answers Session Present 0 each time
 */

#ifndef CLEAN
#define CLEAN 0
#endif
#ifndef CAPACITY
#define CAPACITY 2
#endif
#ifndef WINDOW
#define WINDOW 2
#endif
#ifndef IDS
#define IDS 5
#endif
#ifndef PIPE
#define PIPE 2
#endif
/* 1: the application takes its filter back and wants it again, at any time. */
#ifndef ASKS
#define ASKS 0
#endif

/* As MAX_SPAN of the source: 65535 identifiers, 65532. */
#ifdef MUTANT_NO_SPAN
#define MAX_SPAN IDS
#else
#define MAX_SPAN (IDS - 3)
#endif
#define RECORDS IDS
#define NUMBERS (CAPACITY + 1)

/* 1: the broker may refuse the filter. */
#ifndef REFUSES
#define REFUSES 0
#endif

/* Packets. */
#define CONNECT 1
#define CONNACK 2
#define PUBLISH 3
#define PUBACK 4
#define SUBSCRIBE 5
#define SUBACK 6
#define UNSUBSCRIBE 7
#define UNSUBACK 8

/* SessionState. */
#define IDLE 0
#define CONNECTING 1
#define CONNECTED 2

/* MessageState. */
#define DONE 0
#define QUEUED 1
#define AWAITING_PUBACK 2

/* FilterState. */
#define FREE 0
#define WANTED 1
#define SUBSCRIBING 2
#define ACTIVE 3
#define UNWANTED 4
#define UNSUBSCRIBING 5
#define REFUSED 6

/* States of a message in the store. */
#define NONE 0
#define WAITING 1
#define SENT 2

/* Type, packet identifier, number of the message or a flag, DUP. */
chan up = [PIPE] of { byte, byte, byte, bit };
chan down = [PIPE] of { byte, byte, bit };

/* The session. */
byte session = IDLE;
byte count = 0;
byte cursor = 0;
byte lastId = 0;
byte inFlight = 0;
byte pendingId = 0;
byte rKind[RECORDS];
byte rId[RECORDS];
byte rState[RECORDS];
byte rMsg[RECORDS];
bit rDup[RECORDS];
byte filter = WANTED;
byte nextFilter = FREE;
/* Flag.unanswered */
bit unanswered = 0;

/* The store: messages from `oldest` on, `held` of them. */
byte oldest = 0;
byte held = 0;
byte waiting = 0;
byte sState[NUMBERS];
byte sId[NUMBERS];
byte noted[NUMBERS];

/* The application wants to be subscribed. */
bit wish = 1;

/* The link carries what is sent. */
bit alive = 0;

/* The broker. */
bit bConnected = 0;
bit bSession = 0;
bit bFilter = 0;

/* No further faults and messages. */
bit calm = 0;

/* What is only there to be checked. */
bit got[NUMBERS];
bit seen[NUMBERS];
byte gotId[NUMBERS];
byte again = 0;

/* For the steps; 0 between them. */
byte i, j, k, id, m;
bit flag;

#define after(number, by) (((number) + (by)) % NUMBERS)
/* How far a message is behind the oldest one. */
#define place(number) (((number) + NUMBERS - oldest) % NUMBERS)
/* idDistance */
#define distance(from, to) ((to) >= (from) -> (to) - (from) : (to) + IDS - (from))
#define span(from) (distance(from, lastId))
#define hasRoom (count < RECORDS && (count == 0 || span(rId[0]) <= MAX_SPAN))
#define due (pendingId == 0 && (filter == WANTED || filter == UNWANTED))
#define quiet (len(up) == 0 && len(down) == 0 && session == CONNECTED && alive && bConnected)
#define settled (held == 0 && quiet && bFilter == wish && (filter == ACTIVE && wish || filter == FREE && !wish))

inline nextPacketId() {
  id = (lastId == IDS -> 1 : lastId + 1);
  if
  :: id == pendingId -> id = (id == IDS -> 1 : id + 1)
  :: else
  fi;
  /* id: not that of a packet in the arena, of a request that waits for its answer, of a message that is not done. */
  assert(id != pendingId);
  i = 0;
  do
  :: i < count -> assert(rId[i] != id || rState[i] == DONE); i++
  :: else -> break
  od;
  i = 0;
  do
  :: i < NUMBERS -> assert(sState[i] != SENT || sId[i] != id); i++
  :: else -> break
  od;
  i = 0
}

inline commit(kind, number, dup) {
  rKind[count] = kind;
  rId[count] = id;
  rState[count] = QUEUED;
  rMsg[count] = number;
  rDup[count] = dup;
  count++;
  lastId = id;
  if
  :: kind == PUBLISH -> inFlight++
  :: else
  fi
}

inline clearRecord(at) {
  rKind[at] = 0; rId[at] = 0; rState[at] = 0; rMsg[at] = 0; rDup[at] = 0
}

inline reclaim() {
  do
  :: count > 0 && rState[0] == DONE ->
    i = 1;
    do
    :: i < count ->
      rKind[i - 1] = rKind[i]; rId[i - 1] = rId[i]; rState[i - 1] = rState[i]; rMsg[i - 1] = rMsg[i];
      rDup[i - 1] = rDup[i];
      i++
    :: else -> break
    od;
    count--;
    clearRecord(count);
    if
    :: cursor > 0 -> cursor--
    :: else
    fi
  :: else -> break
  od;
  i = 0
}

inline encode() {
  if
  :: due && hasRoom ->
    nextPacketId();
    commit((filter == WANTED -> SUBSCRIBE : UNSUBSCRIBE), 0, 0);
    filter++;
    pendingId = id;
    id = 0
  :: else
  fi
}

/* `partly`: the packet at the cursor was written in part. */
inline rewind(partly) {
  i = 0;
  do
  :: i < count ->
    if
    :: rState[i] == DONE
    :: rState[i] != DONE && rKind[i] != PUBLISH -> rState[i] = DONE
    :: rState[i] != DONE && rKind[i] == PUBLISH ->
#if CLEAN
      rDup[i] = 0;
#else
#ifndef MUTANT_NO_DUP
      if
      :: rState[i] == AWAITING_PUBACK || (partly && i == cursor) -> rDup[i] = 1
      :: else
      fi;
#endif
#endif
      rState[i] = QUEUED
    fi;
    i++
  :: else -> break
  od;
  cursor = 0;
  reclaim()
#ifdef MUTANT_OUT_OF_ORDER
  ;
  if
  :: count > 1 && rKind[0] == PUBLISH && rKind[1] == PUBLISH ->
    i = rId[0]; rId[0] = rId[1]; rId[1] = i;
    i = rMsg[0]; rMsg[0] = rMsg[1]; rMsg[1] = i;
    i = rDup[0]; rDup[0] = rDup[1]; rDup[1] = i;
    i = 0
  :: else
  fi
#endif
}

inline resetFilter() {
  pendingId = 0;
  if
  :: filter == SUBSCRIBING || filter == UNSUBSCRIBING -> filter = (nextFilter -> nextFilter : filter - 1)
  :: else
  fi;
  nextFilter = FREE
}

inline filterConnected(present) {
#ifdef MUTANT_NO_RESUBSCRIBE
  skip
#else
  if
  :: filter == REFUSED || filter == ACTIVE && !present -> filter = WANTED
  :: else
  fi
#endif
}

inline ask(wanted) {
  if
  :: filter == SUBSCRIBING || filter == UNSUBSCRIBING -> nextFilter = wanted
  :: else -> filter = wanted
  fi
}

inline filterAnswered(refused) {
  pendingId = 0;
  if
  :: nextFilter -> filter = nextFilter; nextFilter = FREE
  :: else -> filter = (filter == UNSUBSCRIBING -> FREE : (refused -> REFUSED : ACTIVE))
  fi
}

inline markDone(number) {
  /* lost */
  assert(got[number]);
  sState[number] = NONE; sId[number] = 0; noted[number] = 0; got[number] = 0; seen[number] = 0; gotId[number] = 0;
  do
  :: held > 0 && sState[oldest] == NONE -> oldest = after(oldest, 1); held--
  :: else -> break
  od
}

/* Sends through the link; what goes into a dead one is gone. */
inline send(kind, ident, number, dup) {
  if
  :: alive -> up!kind, ident, number, dup
  :: else
  fi
}

inline acknowledge(ident) {
  j = 0;
  do
  :: j < count && !(rId[j] == ident && rState[j] == AWAITING_PUBACK) -> j++
  :: else -> break
  od;
#ifdef MUTANT_FREED_BEFORE_PUBACK
  /* The store finds it by its identifier. */
  k = 0;
  do
  :: k < NUMBERS ->
    if
    :: sState[k] == SENT && sId[k] == ident -> markDone(k)
    :: else
    fi;
    k++
  :: else -> break
  od;
  k = 0;
#else
  if
  :: j < count ->
    rState[j] = DONE;
    inFlight--;
    m = rMsg[j];
    reclaim();
#ifndef MUTANT_MARK_BEFORE_PUBACK
    markDone(m);
#endif
    m = 0
  :: else
  fi;
#endif
  j = 0
}

/* The device begins anew, with what the store has. */
inline restart() {
  session = IDLE;
  alive = 0;
  do
  :: len(down) > 0 -> down?_, _, _
  :: else -> break
  od;
  do
  :: count > 0 -> count--; clearRecord(count)
  :: else -> break
  od;
  cursor = 0; inFlight = 0; pendingId = 0; lastId = 0;
  filter = (wish -> WANTED : UNWANTED);
  nextFilter = FREE;
  unanswered = 0;
  i = 0;
  do
  :: i < NUMBERS ->
    if
    :: sState[i] == SENT -> sState[i] = WAITING; waiting++; sId[i] = 0
    :: else
    fi;
    i++
  :: else -> break
  od;
#if !CLEAN
#ifndef MUTANT_NO_IMPORT
  i = 0;
  do
  :: i < held && noted[after(oldest, i)] > 0 && inFlight < WINDOW &&
    (count == 0 || (span(rId[0]) <= MAX_SPAN && distance(rId[0], noted[after(oldest, i)]) > span(rId[0]))) ->
    id = noted[after(oldest, i)];
    commit(PUBLISH, after(oldest, i), 1);
    sState[after(oldest, i)] = SENT;
    waiting--;
    sId[after(oldest, i)] = id;
    id = 0;
    i++
  :: else -> break
  od;
#endif
#endif
  i = 0
}

/* filter */
inline checkFilter() {
  assert(!(session == CONNECTED && filter == ACTIVE && alive && bConnected && !bFilter))
}

active proctype Device() {
  do
  /* open */
  :: atomic { session == IDLE ->
    if
    :: flag = 0
    :: cursor < count && rState[cursor] == QUEUED && !calm -> flag = 1
    fi;
    d_step {
      do
      :: len(down) > 0 -> down?_, _, _
      :: else -> break
      od;
      do
      :: len(up) > 0 -> up?_, _, _, _
      :: else -> break
      od;
      resetFilter();
#ifndef MUTANT_TRUST_SESSION_PRESENT
      if
      :: unanswered -> filterConnected(0)
      :: else
      fi;
      unanswered = 1;
#endif
      rewind(flag);
      flag = 0;
      session = CONNECTING;
      alive = 1;
      up!CONNECT, 0, 0, 0
    } }

  /* connack */
  :: d_step { session == CONNECTING && nempty(down) && down?[CONNACK, _, _] ->
    down?CONNACK, _, flag;
    if
    :: flag ->
      assert(!CLEAN)
    :: else
    fi;
    session = CONNECTED;
    unanswered = 0;
    filterConnected(flag);
#ifdef MUTANT_CLOSE_WITHOUT_SESSION
    if
    :: !flag && held > 0 -> session = IDLE; alive = 0
    :: else
    fi;
#endif
    checkFilter();
    flag = 0 }

  /* publishOne */
  :: d_step { session == CONNECTED && waiting > 0 && inFlight < WINDOW && hasRoom ->
    if
    :: due -> encode()
    :: else
    fi;
    if
    :: due || !hasRoom
    :: else ->
      /* The oldest that waits. */
      j = 0;
      do
      :: j < held && sState[after(oldest, j)] != WAITING -> j++
      :: else -> break
      od;
      m = after(oldest, j);
      nextPacketId();
      commit(PUBLISH, m, 0);
      sState[m] = SENT;
      waiting--;
      sId[m] = id;
      if
      :: noted[m] == 0 -> noted[m] = id
      :: else
      fi;
      id = 0; m = 0; j = 0
    fi }

  /* encode, writeNext */
  :: d_step { session == CONNECTED && (due && hasRoom || cursor < count) && (nfull(up) || !alive) ->
    encode();
    do
    :: cursor < count && rState[cursor] != QUEUED -> cursor++
    :: else -> break
    od;
    if
    :: cursor < count ->
      send(rKind[cursor], rId[cursor], rMsg[cursor], rDup[cursor]);
      if
      :: rKind[cursor] == PUBLISH ->
#ifdef MUTANT_FREED_BEFORE_PUBACK
        rState[cursor] = DONE;
        inFlight--;
#else
        rState[cursor] = AWAITING_PUBACK;
#endif
#ifdef MUTANT_MARK_BEFORE_PUBACK
        m = rMsg[cursor];
        markDone(m);
        m = 0;
#endif
      :: else -> rState[cursor] = DONE
      fi;
      cursor++;
      reclaim()
    :: else
    fi }

  /* acknowledge */
  :: d_step { session == CONNECTED && nempty(down) && down?[PUBACK, _, _] ->
    down?PUBACK, id, _;
    k = id;
    id = 0;
    acknowledge(k);
    k = 0 }

  /* suback */
  :: d_step { session == CONNECTED && nempty(down) && (down?[SUBACK, _, _] || down?[UNSUBACK, _, _]) ->
    down?k, id, flag;
    if
    :: id == pendingId && (k == SUBACK) == (filter == SUBSCRIBING) ->
      i = 0;
      do
      :: i < count && !(rId[i] == id && rState[i] != DONE) -> i++
      :: else -> break
      od;
      if
      :: i == count -> filterAnswered(flag); checkFilter()
      :: else
      fi;
      i = 0
    :: else
    fi;
    k = 0; id = 0; flag = 0 }

#if REFUSES
#ifndef MUTANT_NO_RETRY
  /* retry: its time has come. */
  :: d_step { session == CONNECTED && filter == REFUSED -> filter = WANTED }
#endif
#endif

  /* The client learns that the link is gone. */
  :: d_step { session != IDLE && !alive -> session = IDLE }

  :: atomic { calm && settled -> break }
  od
}

inline endOfConnection() {
  bConnected = 0;
  do
  :: len(up) > 0 -> up?_, _, _, _
  :: else -> break
  od;
  if
  :: CLEAN -> bSession = 0; bFilter = 0
  :: else
  fi
}

inline answer(kind, ident, present) {
  if
  :: alive -> down!kind, ident, present
  :: else
  fi
}

inline receivePublish() {
  /* order: what the store does not have any more does not come. */
  assert(place(m) < held);
  assert(!seen[m]);
  j = place(m) + 1;
  do
  :: j < held -> assert(!seen[after(oldest, j)]); j++
  :: else -> break
  od;
  j = 0;
  if
  :: got[m] ->
    /* DUP, bound */
#if CLEAN
    assert(!flag);
#else
    assert(flag && gotId[m] == id);
#endif
    again++;
    assert(again <= WINDOW)
  :: else ->
    assert(place(m) == 0 || got[after(m, NUMBERS - 1)]);
    got[m] = 1;
#if !CLEAN
    gotId[m] = id
#endif
  fi;
  seen[m] = 1
}

active proctype Broker() {
endBroker:
  do
  :: d_step { nempty(up) && up?[CONNECT, _, _, _] && nfull(down) ->
    up?CONNECT, _, _, _;
    j = 0;
    do
    :: j < NUMBERS -> seen[j] = 0; j++
    :: else -> break
    od;
    j = 0;
    again = 0;
    if
    :: CLEAN -> bSession = 0
    :: else
    fi;
    if
    :: !bSession -> bFilter = 0
    :: else
    fi;
    bConnected = 1;
    answer(CONNACK, 0, bSession);
    bSession = 1 }

  :: d_step { bConnected && nempty(up) && up?[PUBLISH, _, _, _] && nfull(down) ->
    up?PUBLISH, id, m, flag;
    receivePublish();
    answer(PUBACK, id, 0);
    id = 0; m = 0; flag = 0 }

  :: d_step { bConnected && nempty(up) && (up?[SUBSCRIBE, _, _, _] || up?[UNSUBSCRIBE, _, _, _]) && nfull(down) ->
    up?k, id, _, _;
    bFilter = (k == SUBSCRIBE);
    answer(k + 1, id, 0);
    k = 0; id = 0 }

#if REFUSES
  :: d_step { !calm && bConnected && nempty(up) && up?[SUBSCRIBE, _, _, _] && nfull(down) ->
    up?SUBSCRIBE, id, _, _;
    answer(SUBACK, id, 1);
    id = 0 }
#endif

  /* The broker learns that the link is gone. It may forget the session then, whatever it promised. */
  :: atomic { bConnected && !alive ->
    d_step { endOfConnection() };
    if
    :: skip
    :: bSession -> bSession = 0; bFilter = 0
    fi }
  od
}

/* Application, faults. */
active proctype World() {
  do
  /* accept */
  :: d_step { !calm && held < CAPACITY ->
    sState[after(oldest, held)] = WAITING;
    waiting++;
    held++ }

#if ASKS
  /* The application takes its filter back, or wants it again. */
  :: d_step { !calm ->
    wish = 1 - wish;
    ask((wish -> WANTED : UNWANTED)) }
#endif

  /* The link is lost; or a deadline of the client passes, or another one takes the connection over. */
  :: d_step { !calm && alive -> alive = 0 }

  /* The same, with the session: another client with the same identifier and Clean Session 1. */
  :: d_step { !calm && alive && bConnected -> alive = 0; endOfConnection(); bSession = 0; bFilter = 0 }

  /* The broker begins anew, with its sessions or without. */
  :: atomic { !calm ->
    d_step { alive = 0; endOfConnection() };
    if
    :: skip
    :: bSession -> bSession = 0; bFilter = 0
    fi }

  :: d_step { !calm -> restart() }

  :: d_step { !calm -> calm = 1 };
    break
  od
}

ltl recovers { [] (calm -> <> [] settled) }
