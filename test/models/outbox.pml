/*
 * An outbox: records in memory, a log on flash behind it, a reader, and a power that may fail within every operation of
 * the flash.
 *
 * Run by `npm run models`; docs/simulation.md says what it shows. The parts, and what they are in the source, all of it
 * in src/telemetry/outbox:
 *
 *   state                RecordState of outbox.ts, and what LogPositions in log-positions.ts holds
 *   fly                  the packets of the session, in the order of Outbox.sent, outbox.ts
 *   accept               Outbox.reserve, Outbox.commit and Outbox.makeRoom, outbox.ts
 *   spill                Outbox.spill and Outbox.move, outbox.ts
 *   deadline             Outbox.tick and Outbox.spillOld, outbox.ts
 *   disconnected         Outbox.disconnected and Outbox.spillWhenDue, outbox.ts
 *   take                 Outbox.take (with STRICT Outbox.takeOldest), Outbox.stage and Outbox.sent, outbox.ts;
 *                        FlashLog.next, FlashLog.read and FlashLog.hold, flash-log.ts
 *   acknowledged         Outbox.acknowledged, outbox.ts; FlashLog.mark and FlashLog.finish, flash-log.ts
 *   append               FlashLog.append and FlashLog.appendHeld, flash-log.ts; LogFrames.write, log-frame.ts
 *   openBlock            FlashLog.openBlock, flash-log.ts; LogBlocks.prepare and LogBlocks.close, log-blocks.ts
 *   makeRoom             LogCompaction.makeRoom and LogCompaction.gain, log-compaction.ts
 *   collect              LogCompaction.collect and LogCompaction.mergeFrom, log-compaction.ts
 *   dropOldest           LogCompaction.dropOldest and LogCompaction.dropIn, log-compaction.ts; rule `oldest`
 *   merge                LogCompaction.merge and LogCompaction.copy, log-compaction.ts
 *   hdr first end gen    the header of a block, LogBlocks.readHeader, log-blocks.ts
 *   closed, retire       the marks of a block: LogBlocks.close, LogBlocks.retire, log-blocks.ts
 *   order, used, open    the fields of LogBlocks, log-blocks.ts
 *   mount                FlashLog.mount, flash-log.ts
 *   replaced             FlashLog.retireReplaced, flash-log.ts
 *   tail                 FlashLog.mountTail, flash-log.ts; LogFrames.beginTail, log-frame.ts
 *   others               FlashLog.mountOthers, flash-log.ts
 *
 * Abstractions:
 *   - A record has a number, which is its sequence in the log too; numbers of records that never came there are gaps.
 *     A block has SLOTS records of one length.
 *   - A record on flash is absent, torn or whole. A CRC never fits a torn one. The marks of a record and `obsolete` are
 *     there or not, since a part of one counts (LogFrames.isDone, LogBlocks.readHeader); `closed` can be torn.
 *   - An erasure that is cut leaves the block as it was, or without its header, or with its header and without its
 *     records. It does not take both marks `obsolete` and leave the header: they lie at both ends of a block for that.
 *   - Which free block is taken makes no difference. Records that are gone give their numbers up, so that RECORDS is how
 *     many are there at once; how many there were has no limit. So sequences do not wrap.
 *   - The session delivers what it has in order, each record once in a run; what a lost connection repeats is in
 *     session.pml. There is no time: what has a deadline may happen at any moment.
 *   - One channel, one rank.
 *
 * Bounds: RECORDS records, BLOCKS blocks of SLOTS records, MEMORY records in memory, PAGE of them are written at once
 * while there is no connection, WINDOW in flight. Cuts and lost connections: any number. Not modelled: bad blocks, bits
 * that flip, the rules `thin` and `newest`, wear levelling.
 *
 * What is checked:
 *   kept       after a cut the log has what was in it and was not acknowledged or dropped, each record once, and nothing
 *              else: what was marked does not come back
 *   torn       what is read is whole
 *   order      what is in the log is older than what is in memory; with STRICT the broker gets records for the first
 *              time in their order
 *   again      each record that the broker gets again was in flight and in the log when the power failed: at most WINDOW
 *              for each cut
 *   page       without a connection, a cut loses at most PAGE records
 *   counted    a record that leaves without an acknowledgement is counted in this run, and was not in flight
 *   drains     from any state, when cuts end (`calm`), all records leave
 */

#ifndef RECORDS
#define RECORDS 7
#endif
#ifndef BLOCKS
#define BLOCKS 4
#endif
#ifndef SLOTS
#define SLOTS 2
#endif
#ifndef MEMORY
#define MEMORY 3
#endif
#ifndef PAGE
#define PAGE 2
#endif
#ifndef WINDOW
#define WINDOW 2
#endif
#ifndef STRICT
#define STRICT 0
#endif

#define SPARE 1
#define NO_BLOCK BLOCKS

/* `state` */
#define FUTURE 0
#define WAITING 1
#define IN_FLIGHT 2
#define LOGGED 3
#define LOGGED_IN_FLIGHT 4
/* Acknowledged, dropped, or lost with the memory. */
#define GONE 5

/* `slot` */
#define ABSENT 0
#define TORN 1
#define WHOLE 2
#define MARKED 3

/* `closed` */
#define YES 1
#define HALF 2

/* The flash. */
bit hdr[BLOCKS];
byte first[BLOCKS];
byte end[BLOCKS];
byte gen[BLOCKS];
byte closed[BLOCKS];
byte slot[BLOCKS * SLOTS];
byte number[BLOCKS * SLOTS];

/* What the log knows of it. */
byte order[BLOCKS];
byte used = 0;
byte open = NO_BLOCK;
byte openCount = 0;

/* The outbox. */
byte state[RECORDS + 1];
byte accepted = 0;
/* Records that are to be delivered. */
byte there = 0;
bit away = 1;
byte fly[WINDOW];
byte flying = 0;

/* The broker. */
bit got[RECORDS + 1];
byte received = 0;

/* No further cuts, losses and records. */
bit calm = 0;

/* What is only there to be checked. `again`: so many may come again. */
byte again = 0;
byte uncounted = 0;
bit draining = 0;

/* For the steps; 0 between them. */
byte b, c, i, j, n, r, into, from, count, left;
bit gained;

#define record(block, place) number[(block) * SLOTS + (place)]
#define at(block, place) slot[(block) * SLOTS + (place)]
#define inMemory(k) (state[k] == WAITING || state[k] == IN_FLIGHT)
#define isLive(k) (state[k] >= WAITING && state[k] <= LOGGED_IN_FLIGHT)
#define CUT :: !calm -> goto cut

/* r: records in memory. */
inline countMemory() {
  r = 0;
  i = 1;
  do
  :: i <= accepted ->
    if
    :: inMemory(i) -> r++
    :: else
    fi;
    i++
  :: else -> break
  od;
  i = 0
}

/* r: the oldest record that is in `wanted`, 0 for none. */
inline oldestIn(wanted) {
  r = 1;
  do
  :: r <= accepted && state[r] != wanted -> r++
  :: else -> break
  od;
  if
  :: r > accepted -> r = 0
  :: else
  fi
}

/* count: records of a block that are not done; left: those of them that are not in flight. */
inline survey(block) {
  count = 0;
  left = 0;
  i = 0;
  do
  :: i < SLOTS ->
    if
    :: at(block, i) == WHOLE ->
      count++;
      if
#ifndef MUTANT_DROPS_IN_FLIGHT
      :: state[record(block, i)] == LOGGED_IN_FLIGHT
#endif
      :: else -> left++
      fi
    :: else
    fi;
    i++
  :: else -> break
  od;
  i = 0
}

/* b: a block that is free. */
inline nextFree() {
  b = 0;
  do
  :: b < BLOCKS ->
    i = 0;
    do
    :: i < used && order[i] != b -> i++
    :: else -> break
    od;
    if
    :: i == used && (into == 0 || into != b + 1) -> break
    :: else -> b++
    fi
  :: else -> break
  od;
  i = 0;
  assert(b < BLOCKS)
}

inline removeFromOrder(block) {
  i = 0;
  do
  :: i < used && order[i] != block -> i++
  :: else -> break
  od;
  if
  :: i < used ->
    used--;
    do
    :: i < used -> order[i] = order[i + 1]; i++
    :: else -> break
    od;
    order[used] = 0
  :: else
  fi;
  i = 0;
  if
  :: open == block -> open = NO_BLOCK; openCount = 0
  :: else
  fi
}

/* Behind those that begin at the same sequence or before. */
inline insert(block) {
  i = used;
  do
  :: i > 0 && first[order[i - 1]] > first[block] -> order[i] = order[i - 1]; i--
  :: else -> break
  od;
  order[i] = block;
  used++;
  i = 0
}

inline eraseRecords(block) {
  i = 0;
  do
  :: i < SLOTS -> at(block, i) = ABSENT; record(block, i) = 0; i++
  :: else -> break
  od;
  i = 0
}

inline eraseAll(block) {
  eraseRecords(block);
  hdr[block] = 0; first[block] = 0; end[block] = 0; gen[block] = 0; closed[block] = 0
}

/* The mark `obsolete`: the block is as good as one without a header. */
inline retire(block) {
  removeFromOrder(block);
  eraseAll(block)
}

/* A part of a record is written. Its number is of no use but to a mutant. */
inline tear(block, position, whose) {
  at(block, position) = TORN;
#ifdef MUTANT_NO_CRC
  record(block, position) = whose
#endif
}

/* Erases block b. */
inline erase() {
  if
  CUT
  :: !calm -> d_step { eraseAll(b) }; goto cut
  :: !calm && hdr[b] -> d_step { eraseRecords(b); closed[b] = 0 }; goto cut
  :: !calm && hdr[b] && closed[b] -> d_step { eraseRecords(b) }; goto cut
  :: d_step { true -> eraseAll(b) }
  fi
}

inline close(block) {
  if
  CUT
  :: !calm -> closed[block] = HALF; goto cut
  :: closed[block] = YES
  fi
}

/* The record at a place of a block is dropped by the rule. */
inline dropAt(block, position) {
  assert(state[record(block, position)] != LOGGED_IN_FLIGHT);
  state[record(block, position)] = GONE;
  if
  :: got[record(block, position)] -> again--; got[record(block, position)] = 0
  :: else
  fi;
  there--;
  uncounted++
}

/* Generations that fit one another stay what they are; the numbers become the least. */
inline normalize() {
  n = 1;
  c = 1;
  do
  :: n <= BLOCKS + 1 ->
    gained = 0;
    i = 0;
    do
    :: i < BLOCKS ->
      if
      :: gen[i] == n -> gained = 1; gen[i] = c
      :: else
      fi;
      i++
    :: else -> break
    od;
    if
    :: gained -> c++
    :: else
    fi;
    n++
  :: else -> break
  od;
  n = 0; c = 0; i = 0; gained = 0
}

/*
 * Which block a part of the log lies in makes no difference, nor does what a merge replaced when that is gone. So the
 * blocks are put in order, and say no more than where their records begin.
 */
inline canonical() {
  j = 0;
  do
  :: j < used ->
    b = order[j];
    if
    :: b != j ->
      i = 0;
      do
      :: i < SLOTS ->
        n = at(b, i); at(b, i) = at(j, i); at(j, i) = n;
        n = record(b, i); record(b, i) = record(j, i); record(j, i) = n;
        i++
      :: else -> break
      od;
      n = hdr[b]; hdr[b] = hdr[j]; hdr[j] = n;
      n = closed[b]; closed[b] = closed[j]; closed[j] = n;
      i = 0;
      do
      :: i < used ->
        if
        :: order[i] == j -> order[i] = b
        :: else
        fi;
        i++
      :: else -> break
      od;
      order[j] = j;
      if
      :: open == b -> open = j
      :: open == j -> open = b
      :: else
      fi
    :: else
    fi;
    j++
  :: else -> break
  od;
  /* n: behind the newest record of the log. */
  n = 1;
  do
  :: n <= accepted && state[n] >= LOGGED -> n++
  :: else -> break
  od;
  j = 0;
  do
  :: j < BLOCKS ->
    gen[j] = 0;
    end[j] = 0;
    first[j] = (j < used -> n : 0);
    i = 0;
    do
    :: j < used && i < SLOTS ->
      if
      :: at(j, i) == WHOLE && record(j, i) < first[j] -> first[j] = record(j, i)
      :: else
      fi;
      i++
    :: else -> break
    od;
    if
    :: j >= used && hdr[j] -> eraseAll(j)
    :: else
    fi;
    j++
  :: else -> break
  od;
  i = 0; j = 0; b = 0; n = 0
}

active proctype Device() {
  /* Blocks that a merge takes from `from` on: `count`. What goes on behind it. */
  byte merging = 0;
  /* The record that is written to the log; records in memory that a spill leaves. */
  byte writing = 0;
  byte least = 0;
  byte spillFrom = 1;
  /* Something can be taken. */
  bit ready = 0;

idle:
  skip;
  d_step {
    /* Records that are gone have no number; those behind them move up. */
    n = accepted;
    do
    :: n > 0 ->
      if
      :: state[n] == GONE ->
        i = n;
        do
        :: i < accepted -> state[i] = state[i + 1]; got[i] = got[i + 1]; i++
        :: else -> break
        od;
        state[accepted] = FUTURE;
        got[accepted] = 0;
        accepted--;
        i = 0;
        do
        :: i < BLOCKS * SLOTS ->
          if
          :: number[i] > n -> number[i]--
          :: else
          fi;
          i++
        :: else -> break
        od;
        i = 0;
        do
        :: i < BLOCKS ->
          if
          :: first[i] > n -> first[i]--
          :: else
          fi;
          if
          :: end[i] > n -> end[i]--
          :: else
          fi;
          i++
        :: else -> break
        od;
        i = 0;
        do
        :: i < flying ->
          if
          :: fly[i] > n -> fly[i]--
          :: else
          fi;
          i++
        :: else -> break
        od;
        i = 0
      :: else
      fi;
      n--
    :: else -> break
    od;
    canonical();
    least = 0;
    ready = 0;
    /* counted */
    assert(uncounted == 0);
    /* order */
    i = 1;
    do
    :: i < accepted -> assert(!(inMemory(i) && (state[i + 1] == LOGGED || state[i + 1] == LOGGED_IN_FLIGHT))); i++
    :: else -> break
    od;
    i = 0;
    countMemory();
    if
    :: r < PAGE -> draining = 0
    :: else
    fi;
    least = r;
    r = 0;
    oldestIn(WAITING);
    ready = (r > 0);
    oldestIn(LOGGED);
    ready = ready || r > 0;
    r = 0
  }
endIdle:
  if
  /* accept */
  :: d_step { !calm && accepted < RECORDS && least < MEMORY ->
      accepted++;
      state[accepted] = WAITING;
      there++;
      least++ };
    if
    :: away && least >= PAGE -> least = 0; goto spill
    :: else -> goto idle
    fi
  :: least == MEMORY -> least = MEMORY / 2; goto spill

  /* deadline */
  :: least > 0 -> least = (away -> 0 : least - 1); goto spill

  /* disconnected */
  :: d_step { !calm && !away -> away = 1; draining = (least >= PAGE) };
    if
    :: draining -> least = 0; goto spill
    :: else -> goto idle
    fi
  :: d_step { away -> away = 0; draining = 0 };
    goto idle

  /* take */
  :: d_step { !away && flying < WINDOW && ready ->
#if STRICT
      oldestIn(LOGGED);
      if
      :: r == 0 -> oldestIn(WAITING)
      :: else
      fi;
#else
      oldestIn(WAITING);
      if
      :: r == 0 -> oldestIn(LOGGED)
      :: else
      fi;
#endif
      fly[flying] = r;
      flying++;
      if
      :: state[r] == LOGGED ->
        /* torn */
        i = 0;
        do
        :: i < BLOCKS * SLOTS && !(number[i] == r && slot[i] == WHOLE) -> i++
        :: else -> break
        od;
        assert(i < BLOCKS * SLOTS);
#ifdef MUTANT_MARK_BEFORE_PUBACK
        slot[i] = MARKED;
#endif
        i = 0;
        state[r] = LOGGED_IN_FLIGHT
      :: else -> state[r] = IN_FLIGHT
      fi;
      r = 0 };
    goto idle

  /* The broker gets what the session sent next. */
  :: d_step { !away && received < flying ->
      n = fly[received];
      received++;
      if
      :: got[n] ->
        assert(again > 0);
        again--
      :: else ->
        got[n] = 1;
#if STRICT
        i = 1;
        do
        :: i < n -> assert(!isLive(i) || got[i]); i++
        :: else -> break
        od;
        i = 0
#endif
      fi;
      n = 0 };
    goto idle

  /* acknowledged */
  :: d_step { !away && received > 0 -> least = 0; ready = 0 };
    goto acknowledged

  :: !calm -> goto cut
  :: d_step { !calm -> calm = 1 }; goto endIdle
  fi;

acknowledged:
  n = fly[0];
  if
  :: state[n] == IN_FLIGHT -> skip
  :: else ->
    d_step {
      i = 0;
      do
      :: i < BLOCKS * SLOTS && !(number[i] == n && slot[i] >= WHOLE) -> i++
      :: else -> break
      od;
      assert(i < BLOCKS * SLOTS)
    }
    if
    CUT
    :: d_step { true -> slot[i] = MARKED; number[i] = 0 }
    fi;
    b = i / SLOTS;
    i = 0
  fi;
  d_step {
    gained = (state[n] == LOGGED_IN_FLIGHT);
    state[n] = GONE;
    there--;
    got[n] = 0;
    i = 1;
    do
    :: i < flying -> fly[i - 1] = fly[i]; i++
    :: else -> break
    od;
    i = 0;
    flying--;
    fly[flying] = 0;
    received--;
    n = 0;
    if
    :: gained -> survey(b); gained = (count == 0 && b != order[used - 1]); count = 0; left = 0
    :: else
    fi
  }
  if
  :: gained ->
    if
    CUT
    :: d_step { true -> retire(b) }
    fi
  :: else
  fi;
  gained = 0;
  b = 0;
  goto idle;

spill:
  skip;
  d_step {
    ready = 0;
    countMemory();
    if
    :: r > least ->
      writing = spillFrom;
      do
      :: writing <= accepted && !inMemory(writing) -> writing++
      :: else -> break
      od;
      if
      :: writing > accepted -> writing = 0
      :: else
      fi
    :: else
    fi;
    r = 0
  }
  if
  :: writing == 0 -> spillFrom = 1; least = 0; goto idle
  :: else
  fi;

  /* append */
  if
  :: open == NO_BLOCK || openCount == SLOTS -> goto makeRoom
  :: else
  fi;
append:
  if
  CUT
  :: !calm -> tear(open, openCount, writing); goto cut
  :: d_step { true ->
#ifndef MUTANT_NOT_WRITTEN
      at(open, openCount) = WHOLE;
      record(open, openCount) = writing;
#endif
      openCount++;
      state[writing] = (state[writing] == WAITING -> LOGGED : LOGGED_IN_FLIGHT);
      writing = 0 }
  fi;
  goto spill;

makeRoom:
  if
  :: BLOCKS - used > SPARE -> goto openBlock
  :: else
  fi;
#ifdef MUTANT_TRIMS_UNREAD
  d_step {
    b = order[0];
    i = 0;
    do
    :: i < SLOTS ->
      if
      :: at(b, i) == WHOLE -> dropAt(b, i)
      :: else
      fi;
      i++
    :: else -> break
    od;
    retire(b);
    b = 0
  }
  goto makeRoom;
#endif
  /* collect */
  d_step {
    from = 0;
    merging = 0;
    do
    :: used >= 3 && from < used - 2 ->
      survey(order[from]);
      c = count;
      survey(order[from + 1]);
      c = c + count;
      if
      :: c <= SLOTS -> merging = 2; break
      :: else -> from++
      fi
    :: else -> from = 0; break
    od;
    c = 0; count = 0; left = 0
  }
  if
  :: merging -> goto merge
  :: else
  fi;
  /* dropOldest: j is the index of the block. */
  j = 0;
  do
  :: j < used - 1 ->
    b = order[j];
    d_step { survey(b) }
    if
    :: count == left ->
      /* All of it, or nothing is in it. */
      if
      CUT
      :: d_step { true ->
          i = 0;
          do
          :: i < SLOTS ->
            if
            :: at(b, i) == WHOLE -> dropAt(b, i)
            :: else
            fi;
            i++
          :: else -> break
          od;
          retire(b);
#ifndef MUTANT_DROPS_UNCOUNTED
          uncounted = 0;
#endif
          gained = 1 }
      fi;
      break
    :: count > left && left > 0 ->
      n = 0;
      do
      :: n < SLOTS ->
        if
        :: at(b, n) == WHOLE && state[record(b, n)] == LOGGED ->
          if
          CUT
          :: d_step { true -> dropAt(b, n); at(b, n) = MARKED; record(b, n) = 0 }
          fi
        :: else
        fi;
        n++
      :: else -> break
      od;
      n = 0;
      uncounted = 0;
      /* mergeAround */
      d_step {
        from = (j > 0 -> j - 1 : j);
        do
        :: from <= j && from + 2 < used ->
          survey(order[from]);
          c = count;
          survey(order[from + 1]);
          c = c + count;
          if
          :: c <= SLOTS -> merging = 2; break
          :: else -> from++
          fi
        :: else -> break
        od;
        c = 0; count = 0; left = 0;
        if
        :: merging == 0 -> from = 0
        :: else
        fi
      }
      if
      :: merging -> break
      :: else
      fi
    :: else
    fi;
    j++
  :: else -> break
  od;
  j = 0; b = 0; count = 0; left = 0;
  if
  :: merging -> goto merge
  :: gained -> gained = 0; goto makeRoom
  :: else
  fi;
  /* Full: what is in flight stays in memory, the rest is dropped and counted. */
  skip;
  d_step {
    if
    :: state[writing] == WAITING -> state[writing] = GONE; there--
    :: else
    fi;
    spillFrom = writing + 1;
    writing = 0
  }
  goto spill;

merge:
  skip;
  /* As many as fit. */
  d_step {
    merging = 0;
    c = 0;
    do
    :: from + merging + 1 < used ->
      survey(order[from + merging]);
      if
      :: c + count <= SLOTS -> c = c + count; merging++
      :: else -> break
      fi
    :: else -> break
    od;
    c = 0; count = 0; left = 0;
    assert(merging >= 2);
    nextFree();
    assert(BLOCKS - used > 0)
  }
  erase();
  if
  CUT
  :: d_step { true ->
      into = b + 1;
      hdr[b] = 1;
      first[b] = first[order[from]];
      end[b] = first[order[from + merging]];
      gen[b] = BLOCKS + 1;
      b = 0 }
  fi;
  /* j: the block of those that are merged; n: the record in it; c: the record in the new one. */
  j = 0;
  c = 0;
  do
  :: j < merging ->
    n = 0;
    do
    :: n < SLOTS ->
      b = order[from + j];
      if
      :: at(b, n) == WHOLE ->
        if
        CUT
        :: !calm -> tear(into - 1, c, record(b, n)); goto cut
        :: d_step { true -> at(into - 1, c) = WHOLE; record(into - 1, c) = record(b, n); c++ }
        fi
      :: else
      fi;
      b = 0;
      n++
    :: else -> break
    od;
    n = 0;
    j++
  :: else -> break
  od;
  j = 0;
  c = 0;
#ifndef MUTANT_FREED_BEFORE_COMMIT
  close(into - 1);
#endif
  do
  :: merging > 0 ->
    b = order[from];
    if
    CUT
    :: d_step { true -> retire(b) }
    fi;
    b = 0;
    merging--
  :: else -> break
  od;
#ifdef MUTANT_FREED_BEFORE_COMMIT
  close(into - 1);
#endif
  b = 0;
  d_step {
    b = into - 1;
    insert(b);
    into = 0;
    b = 0;
    from = 0;
    normalize()
  }
  goto makeRoom;

openBlock:
  if
  :: open != NO_BLOCK -> close(open); open = NO_BLOCK; openCount = 0
  :: else
  fi;
  d_step { nextFree() }
  erase();
  if
  CUT
  :: d_step { true ->
      hdr[b] = 1;
      first[b] = writing;
      c = (used > 0 -> order[used - 1] + 1 : 0);
      insert(b);
      open = b;
      openCount = 0;
      b = 0;
      if
      :: c > 0 -> survey(c - 1); gained = (count == 0); count = 0; left = 0
      :: else
      fi }
  fi;
  if
  :: gained ->
    if
    CUT
    :: d_step { true -> retire(c - 1) }
    fi
  :: else
  fi;
  gained = 0;
  c = 0;
  goto append;

cut:
  skip;
  d_step {
    countMemory();
    /* page */
    if
    :: away && !draining -> assert(r <= PAGE)
    :: else
    fi;
    r = 0;
    i = 1;
    /* again */
    do
    :: i <= received ->
      if
      :: state[fly[i - 1]] == LOGGED_IN_FLIGHT -> again++
      :: else
      fi;
      i++
    :: else -> break
    od;
    i = 1;
    do
    :: i <= accepted ->
      if
      :: inMemory(i) -> state[i] = GONE; got[i] = 0; there--
      :: state[i] == LOGGED_IN_FLIGHT -> state[i] = LOGGED
      :: else
      fi;
      i++
    :: else -> break
    od;
    i = 0;
    do
    :: flying > 0 -> flying--; fly[flying] = 0
    :: else -> break
    od;
    received = 0; away = 1; uncounted = 0; draining = 0;
    do
    :: used > 0 -> used--; order[used] = 0
    :: else -> break
    od;
    open = NO_BLOCK; openCount = 0;
    b = 0; c = 0; j = 0; n = 0; into = 0; from = 0; count = 0; left = 0; gained = 0;
    merging = 0; writing = 0; least = 0; spillFrom = 1; ready = 0
  }

  /* mount */
  d_step {
    b = 0;
    do
    :: b < BLOCKS ->
      if
      :: hdr[b] ->
        if
        :: (gen[b] == 0 || closed[b] == YES) -> insert(b)
        :: else
        fi
      :: else
      fi;
      b++
    :: else -> break
    od;
    b = 0
  }
  do
  :: b < BLOCKS ->
    if
    :: hdr[b] && gen[b] > 0 && closed[b] != YES -> erase()
    :: else
    fi;
    b++
  :: else -> break
  od;
  b = 0;
  /* replaced: c is a block that a merge wrote. */
#ifndef MUTANT_KEEPS_REPLACED
  c = 0;
  do
  :: c < used ->
    if
    :: gen[order[c]] > 0 ->
      j = 0;
      do
      :: j < used ->
        b = order[j];
        if
        :: b != order[c] && first[b] >= first[order[c]] && first[b] < end[order[c]] && gen[b] < gen[order[c]] ->
          n = order[c];
          d_step { removeFromOrder(b) }
          erase();
          /* Where the merged block is now. */
          c = 0;
          do
          :: order[c] != n -> c++
          :: else -> break
          od;
          n = 0
        :: else -> j++
        fi;
        b = 0
      :: else -> break
      od;
      j = 0
    :: else
    fi;
    c++
  :: else -> break
  od;
  c = 0;
#endif
  /* tail: c records are whole. */
  do
  :: used > 0 ->
    d_step {
      b = order[used - 1];
      c = 0;
      do
#ifdef MUTANT_NO_CRC
      :: c < SLOTS && at(b, c) == TORN -> at(b, c) = WHOLE; c++
#endif
      :: c < SLOTS && at(b, c) >= WHOLE -> c++
      :: else -> break
      od
    }
    if
    :: c == 0 ->
      d_step { removeFromOrder(b) }
      erase();
      b = 0
    :: else ->
      if
      :: closed[b] -> skip
      :: !closed[b] && (c == SLOTS || at(b, c) == ABSENT) -> open = b; openCount = c
      :: else -> close(b)
      fi;
      break
    fi
  :: else -> break
  od;
  b = 0; c = 0;
  /* others */
  do
  :: c + 1 < used ->
    b = order[c];
    d_step { survey(b); left = 0 }
    if
    :: count > 0 -> c++
    :: else ->
      if
      CUT
      :: d_step { true -> retire(b) }
      fi
    fi;
    count = 0;
    b = 0
  :: else -> break
  od;
  c = 0;
  /* kept */
  d_step {
    i = 1;
    do
    :: i <= accepted ->
      n = 0;
      c = 0;
      do
      :: c < used ->
        j = 0;
        do
        :: j < SLOTS ->
          if
          :: at(order[c], j) == WHOLE && record(order[c], j) == i -> n++
          :: else
          fi;
          j++
        :: else -> break
        od;
        c++
      :: else -> break
      od;
      assert(n == (state[i] == LOGGED));
      i++
    :: else -> break
    od;
    i = 0; n = 0; c = 0; j = 0;
    normalize()
  }
  goto idle
}

#define settled (there == 0)

ltl drains { [] (calm -> <> [] settled) }
