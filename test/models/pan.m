#define rand	pan_rand
#define pthread_equal(a,b)	((a)==(b))
#if defined(HAS_CODE) && defined(VERBOSE)
	#ifdef BFS_PAR
		bfs_printf("Pr: %d Tr: %d\n", II, t->forw);
	#else
		cpu_printf("Pr: %d Tr: %d\n", II, t->forw);
	#endif
#endif
	switch (t->forw) {
	default: Uerror("bad forward move");
	case 0:	/* if without executable clauses */
		continue;
	case 1: /* generic 'goto' or 'skip' */
		IfNotBlocked
		_m = 3; goto P999;
	case 2: /* generic 'else' */
		IfNotBlocked
		if (trpt->o_pm&1) continue;
		_m = 3; goto P999;

		 /* PROC :init: */
	case 3: // STATE 1 - session.pml:315 - [(((filter==2)||(filter==5)))] (9:0:1 - 1)
		IfNotBlocked
		reached[3][1] = 1;
		if (!(((((int)now.filter)==2)||(((int)now.filter)==5))))
			continue;
		/* merge: nextFilter = 1(9, 2, 9) */
		reached[3][2] = 1;
		(trpt+1)->bup.oval = ((int)now.nextFilter);
		now.nextFilter = 1;
#ifdef VAR_RANGES
		logval("nextFilter", ((int)now.nextFilter));
#endif
		;
		/* merge: .(goto)(9, 6, 9) */
		reached[3][6] = 1;
		;
		_m = 3; goto P999; /* 2 */
	case 4: // STATE 6 - session.pml:318 - [.(goto)] (0:9:0 - 2)
		IfNotBlocked
		reached[3][6] = 1;
		;
		_m = 3; goto P999; /* 0 */
	case 5: // STATE 4 - session.pml:316 - [filter = 1] (0:9:1 - 1)
		IfNotBlocked
		reached[3][4] = 1;
		(trpt+1)->bup.oval = ((int)now.filter);
		now.filter = 1;
#ifdef VAR_RANGES
		logval("filter", ((int)now.filter));
#endif
		;
		/* merge: .(goto)(9, 6, 9) */
		reached[3][6] = 1;
		;
		_m = 3; goto P999; /* 1 */
	case 6: // STATE 9 - session.pml:718 - [-end-] (0:0:0 - 1)
		IfNotBlocked
		reached[3][9] = 1;
		if (!delproc(1, II)) continue;
		_m = 3; goto P999; /* 0 */

		 /* PROC World */
	case 7: // STATE 4 - session.pml:668 - [D_STEP668]
		if (!(boq == -1 && ( !(((int)now.calm))&&(((int)now.held)<2))))
			continue;

		reached[2][4] = 1;
		reached[2][t->st] = 1;
		reached[2][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_557_0: /* 2 */
		if (!(( !(((int)now.calm))&&(((int)now.held)<2))))
			Uerror("block in d_step seq");
S_558_0: /* 2 */
		now.sState[ Index(((now.oldest+now.held)%(2+1)), 3) ] = 1;
#ifdef VAR_RANGES
		logval("sState[((oldest+held)%(2+1))]", ((int)now.sState[ Index(((((int)now.oldest)+((int)now.held))%(2+1)), 3) ]));
#endif
		;
S_559_0: /* 2 */
		now.held = (((int)now.held)+1);
#ifdef VAR_RANGES
		logval("held", ((int)now.held));
#endif
		;
		goto S_561_0;
S_561_0: /* 1 */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 8: // STATE 15 - session.pml:675 - [D_STEP675]
		if (!(boq == -1 &&  !(((int)now.calm))))
			continue;

		reached[2][15] = 1;
		reached[2][t->st] = 1;
		reached[2][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_562_0: /* 2 */
		if (!( !(((int)now.calm))))
			Uerror("block in d_step seq");
S_563_0: /* 2 */
		now.wish = (1-((int)now.wish));
#ifdef VAR_RANGES
		logval("wish", ((int)now.wish));
#endif
		;
S_570_0: /* 2 */
S_568_0: /* 2 */
S_564_0: /* 2 */
		if (!(((((int)now.filter)==2)||(((int)now.filter)==5))))
			goto S_568_1;
S_565_0: /* 2 */
		now.nextFilter = ( (((int)now.wish)) ? (1) : (4) );
#ifdef VAR_RANGES
		logval("nextFilter", ((int)now.nextFilter));
#endif
		;
		goto S_569_0;
S_568_1: /* 3 */
S_566_0: /* 2 */
		/* else */;
S_567_0: /* 2 */
		now.filter = ( (((int)now.wish)) ? (1) : (4) );
#ifdef VAR_RANGES
		logval("filter", ((int)now.filter));
#endif
		;
		goto S_569_0;
S_568_2: /* 3 */
		Uerror("blocking sel in d_step (nr.0, near line 314)");
S_569_0: /* 2 */
		goto S_572_0;
S_572_0: /* 1 */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 9: // STATE 19 - session.pml:682 - [D_STEP682]
		if (!(boq == -1 && ( !(((int)now.calm))&&((int)now.alive))))
			continue;

		reached[2][19] = 1;
		reached[2][t->st] = 1;
		reached[2][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_573_0: /* 2 */
		if (!(( !(((int)now.calm))&&((int)now.alive))))
			Uerror("block in d_step seq");
S_574_0: /* 2 */
		now.alive = 0;
#ifdef VAR_RANGES
		logval("alive", ((int)now.alive));
#endif
		;
		goto S_576_0;
S_576_0: /* 1 */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 10: // STATE 40 - session.pml:687 - [D_STEP687]
		if (!(boq == -1 && (( !(((int)now.calm))&&((int)now.alive))&&((int)now.bConnected))))
			continue;

		reached[2][40] = 1;
		reached[2][t->st] = 1;
		reached[2][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_577_0: /* 2 */
		if (!((( !(((int)now.calm))&&((int)now.alive))&&((int)now.bConnected))))
			Uerror("block in d_step seq");
S_578_0: /* 2 */
		now.alive = 0;
#ifdef VAR_RANGES
		logval("alive", ((int)now.alive));
#endif
		;
S_593_0: /* 2 */
S_579_0: /* 2 */
		now.bConnected = 0;
#ifdef VAR_RANGES
		logval("bConnected", ((int)now.bConnected));
#endif
		;
S_585_0: /* 2 */
S_584_0: /* 2 */
S_580_0: /* 2 */
		if (!((q_len(now.up)>0)))
			goto S_584_1;
S_581_0: /* 2 */
		if (q_len(now.up) == 0) Uerror("block in d_step seq");

		XX=1;
		qrecv(now.up, XX-1, 0, 0);
		qrecv(now.up, XX-1, 1, 0);
		qrecv(now.up, XX-1, 2, 0);
		qrecv(now.up, XX-1, 3, 1);
		
#ifdef HAS_CODE
		if (readtrail && gui) {
			char simtmp[32];
			sprintf(simvals, "%d?", now.up);
		sprintf(simtmp, "%d", ((int)_)); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)_)); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)_)); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)_)); strcat(simvals, simtmp);		}
#endif
		;
		goto S_585_0; /* ';' */
S_584_1: /* 3 */
S_582_0: /* 2 */
		/* else */;
S_583_0: /* 2 */
		goto S_591_0;	/* 'goto' */
S_584_2: /* 3 */
		Uerror("blocking sel in d_step (nr.1, near line 571)");
S_586_0: /* 2 */
		goto S_591_0;	/* 'break' */
S_591_0: /* 2 */
S_587_0: /* 2 */
		if (!(0))
			goto S_591_1;
S_588_0: /* 2 */
		now.bSession = 0;
#ifdef VAR_RANGES
		logval("bSession", ((int)now.bSession));
#endif
		;
S_589_0: /* 2 */
		now.bFilter = 0;
#ifdef VAR_RANGES
		logval("bFilter", ((int)now.bFilter));
#endif
		;
		goto S_592_0;
S_591_1: /* 3 */
S_590_0: /* 2 */
		/* else */;
		goto S_592_0;
S_591_2: /* 3 */
		Uerror("blocking sel in d_step (nr.2, near line 575)");
S_592_0: /* 2 */
		goto S_594_0;
S_594_0: /* 2 */
		now.bSession = 0;
#ifdef VAR_RANGES
		logval("bSession", ((int)now.bSession));
#endif
		;
S_595_0: /* 2 */
		now.bFilter = 0;
#ifdef VAR_RANGES
		logval("bFilter", ((int)now.bFilter));
#endif
		;
		goto S_597_0;
S_597_0: /* 1 */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 11: // STATE 42 - session.pml:692 - [(!(calm))] (0:0:0 - 1)
		IfNotBlocked
		reached[2][42] = 1;
		if (!( !(((int)now.calm))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 12: // STATE 59 - session.pml:693 - [D_STEP693]
		IfNotBlocked

		reached[2][59] = 1;
		reached[2][t->st] = 1;
		reached[2][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_599_0: /* 2 */
		now.alive = 0;
#ifdef VAR_RANGES
		logval("alive", ((int)now.alive));
#endif
		;
S_614_0: /* 2 */
S_600_0: /* 2 */
		now.bConnected = 0;
#ifdef VAR_RANGES
		logval("bConnected", ((int)now.bConnected));
#endif
		;
S_606_0: /* 2 */
S_605_0: /* 2 */
S_601_0: /* 2 */
		if (!((q_len(now.up)>0)))
			goto S_605_1;
S_602_0: /* 2 */
		if (q_len(now.up) == 0) Uerror("block in d_step seq");

		XX=1;
		qrecv(now.up, XX-1, 0, 0);
		qrecv(now.up, XX-1, 1, 0);
		qrecv(now.up, XX-1, 2, 0);
		qrecv(now.up, XX-1, 3, 1);
		
#ifdef HAS_CODE
		if (readtrail && gui) {
			char simtmp[32];
			sprintf(simvals, "%d?", now.up);
		sprintf(simtmp, "%d", ((int)_)); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)_)); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)_)); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)_)); strcat(simvals, simtmp);		}
#endif
		;
		goto S_606_0; /* ';' */
S_605_1: /* 3 */
S_603_0: /* 2 */
		/* else */;
S_604_0: /* 2 */
		goto S_612_0;	/* 'goto' */
S_605_2: /* 3 */
		Uerror("blocking sel in d_step (nr.3, near line 571)");
S_607_0: /* 2 */
		goto S_612_0;	/* 'break' */
S_612_0: /* 2 */
S_608_0: /* 2 */
		if (!(0))
			goto S_612_1;
S_609_0: /* 2 */
		now.bSession = 0;
#ifdef VAR_RANGES
		logval("bSession", ((int)now.bSession));
#endif
		;
S_610_0: /* 2 */
		now.bFilter = 0;
#ifdef VAR_RANGES
		logval("bFilter", ((int)now.bFilter));
#endif
		;
		goto S_613_0;
S_612_1: /* 3 */
S_611_0: /* 2 */
		/* else */;
		goto S_613_0;
S_612_2: /* 3 */
		Uerror("blocking sel in d_step (nr.4, near line 575)");
S_613_0: /* 2 */
		goto S_620_0;
S_620_0: /* 1 */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 13: // STATE 60 - session.pml:695 - [(1)] (67:0:0 - 1)
		IfNotBlocked
		reached[2][60] = 1;
		if (!(1))
			continue;
		/* merge: .(goto)(67, 65, 67) */
		reached[2][65] = 1;
		;
		_m = 3; goto P999; /* 1 */
	case 14: // STATE 65 - session.pml:697 - [.(goto)] (0:67:0 - 2)
		IfNotBlocked
		reached[2][65] = 1;
		;
		_m = 3; goto P999; /* 0 */
	case 15: // STATE 61 - session.pml:696 - [(bSession)] (67:0:2 - 1)
		IfNotBlocked
		reached[2][61] = 1;
		if (!(((int)now.bSession)))
			continue;
		/* merge: bSession = 0(67, 62, 67) */
		reached[2][62] = 1;
		(trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = ((int)now.bSession);
		now.bSession = 0;
#ifdef VAR_RANGES
		logval("bSession", ((int)now.bSession));
#endif
		;
		/* merge: bFilter = 0(67, 63, 67) */
		reached[2][63] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.bFilter);
		now.bFilter = 0;
#ifdef VAR_RANGES
		logval("bFilter", ((int)now.bFilter));
#endif
		;
		/* merge: .(goto)(67, 65, 67) */
		reached[2][65] = 1;
		;
		_m = 3; goto P999; /* 3 */
	case 16: // STATE 138 - session.pml:701 - [D_STEP701]
		if (!(boq == -1 &&  !(((int)now.calm))))
			continue;

		reached[2][138] = 1;
		reached[2][t->st] = 1;
		reached[2][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_624_0: /* 2 */
		if (!( !(((int)now.calm))))
			Uerror("block in d_step seq");
S_693_0: /* 2 */
S_625_0: /* 2 */
		now.session = 0;
#ifdef VAR_RANGES
		logval("session", ((int)now.session));
#endif
		;
S_626_0: /* 2 */
		now.alive = 0;
#ifdef VAR_RANGES
		logval("alive", ((int)now.alive));
#endif
		;
S_632_0: /* 2 */
S_631_0: /* 2 */
S_627_0: /* 2 */
		if (!((q_len(now.down)>0)))
			goto S_631_1;
S_628_0: /* 2 */
		if (q_len(now.down) == 0) Uerror("block in d_step seq");

		XX=1;
		qrecv(now.down, XX-1, 0, 0);
		qrecv(now.down, XX-1, 1, 0);
		qrecv(now.down, XX-1, 2, 1);
		
#ifdef HAS_CODE
		if (readtrail && gui) {
			char simtmp[32];
			sprintf(simvals, "%d?", now.down);
		sprintf(simtmp, "%d", ((int)_)); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)_)); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)_)); strcat(simvals, simtmp);		}
#endif
		;
		goto S_632_0; /* ';' */
S_631_1: /* 3 */
S_629_0: /* 2 */
		/* else */;
S_630_0: /* 2 */
		goto S_644_0;	/* 'goto' */
S_631_2: /* 3 */
		Uerror("blocking sel in d_step (nr.5, near line 386)");
S_633_0: /* 2 */
		goto S_644_0;	/* 'break' */
S_645_0: /* 2 */
S_644_0: /* 2 */
S_634_0: /* 2 */
		if (!((((int)now.count)>0)))
			goto S_644_1;
S_635_0: /* 2 */
		now.count = (((int)now.count)-1);
#ifdef VAR_RANGES
		logval("count", ((int)now.count));
#endif
		;
S_641_0: /* 2 */
S_636_0: /* 2 */
		now.rKind[ Index(now.count, 5) ] = 0;
#ifdef VAR_RANGES
		logval("rKind[count]", ((int)now.rKind[ Index(((int)now.count), 5) ]));
#endif
		;
S_637_0: /* 2 */
		now.rId[ Index(now.count, 5) ] = 0;
#ifdef VAR_RANGES
		logval("rId[count]", ((int)now.rId[ Index(((int)now.count), 5) ]));
#endif
		;
S_638_0: /* 2 */
		now.rState[ Index(now.count, 5) ] = 0;
#ifdef VAR_RANGES
		logval("rState[count]", ((int)now.rState[ Index(((int)now.count), 5) ]));
#endif
		;
S_639_0: /* 2 */
		now.rMsg[ Index(now.count, 5) ] = 0;
#ifdef VAR_RANGES
		logval("rMsg[count]", ((int)now.rMsg[ Index(((int)now.count), 5) ]));
#endif
		;
S_640_0: /* 2 */
		now.rDup[ Index(now.count, 5) ] = 0;
#ifdef VAR_RANGES
		logval("rDup[count]", ((int)now.rDup[ Index(((int)now.count), 5) ]));
#endif
		;
		goto S_645_0; /* ';' */
		goto S_645_0; /* ';' */
S_644_1: /* 3 */
S_642_0: /* 2 */
		/* else */;
S_643_0: /* 2 */
		goto S_647_0;	/* 'goto' */
S_644_2: /* 3 */
		Uerror("blocking sel in d_step (nr.6, near line 390)");
S_646_0: /* 2 */
		goto S_647_0;	/* 'break' */
S_647_0: /* 2 */
		now.cursor = 0;
#ifdef VAR_RANGES
		logval("cursor", ((int)now.cursor));
#endif
		;
S_648_0: /* 2 */
		now.inFlight = 0;
#ifdef VAR_RANGES
		logval("inFlight", ((int)now.inFlight));
#endif
		;
S_649_0: /* 2 */
		now.pendingId = 0;
#ifdef VAR_RANGES
		logval("pendingId", ((int)now.pendingId));
#endif
		;
S_650_0: /* 2 */
		now.lastId = 0;
#ifdef VAR_RANGES
		logval("lastId", ((int)now.lastId));
#endif
		;
S_651_0: /* 2 */
		now.filter = ( (((int)now.wish)) ? (1) : (4) );
#ifdef VAR_RANGES
		logval("filter", ((int)now.filter));
#endif
		;
S_652_0: /* 2 */
		now.nextFilter = 0;
#ifdef VAR_RANGES
		logval("nextFilter", ((int)now.nextFilter));
#endif
		;
S_653_0: /* 2 */
		now.i = 0;
#ifdef VAR_RANGES
		logval("i", ((int)now.i));
#endif
		;
S_665_0: /* 2 */
S_664_0: /* 2 */
S_654_0: /* 2 */
		if (!((((int)now.i)<(2+1))))
			goto S_664_1;
S_659_0: /* 2 */
S_655_0: /* 2 */
		if (!((((int)now.sState[ Index(((int)now.i), 3) ])==2)))
			goto S_659_1;
S_656_0: /* 2 */
		now.sState[ Index(now.i, 3) ] = 1;
#ifdef VAR_RANGES
		logval("sState[i]", ((int)now.sState[ Index(((int)now.i), 3) ]));
#endif
		;
S_657_0: /* 2 */
		now.sId[ Index(now.i, 3) ] = 0;
#ifdef VAR_RANGES
		logval("sId[i]", ((int)now.sId[ Index(((int)now.i), 3) ]));
#endif
		;
		goto S_660_0;
S_659_1: /* 3 */
S_658_0: /* 2 */
		/* else */;
		goto S_660_0;
S_659_2: /* 3 */
		Uerror("blocking sel in d_step (nr.7, near line 400)");
S_660_0: /* 2 */
S_661_0: /* 2 */
		now.i = (((int)now.i)+1);
#ifdef VAR_RANGES
		logval("i", ((int)now.i));
#endif
		;
		goto S_665_0; /* ';' */
S_664_1: /* 3 */
S_662_0: /* 2 */
		/* else */;
S_663_0: /* 2 */
		goto S_667_0;	/* 'goto' */
S_664_2: /* 3 */
		Uerror("blocking sel in d_step (nr.8, near line 398)");
S_666_0: /* 2 */
		goto S_667_0;	/* 'break' */
S_667_0: /* 2 */
		now.i = 0;
#ifdef VAR_RANGES
		logval("i", ((int)now.i));
#endif
		;
S_690_0: /* 2 */
S_689_0: /* 2 */
S_668_0: /* 2 */
		if (!(((((((int)now.i)<((int)now.held))&&(((int)now.noted[ Index(((((int)now.oldest)+((int)now.i))%(2+1)), 3) ])>0))&&(((int)now.inFlight)<2))&&((((int)now.count)==0)||((( ((((int)now.lastId)>=((int)now.rId[0]))) ? ((((int)now.lastId)-((int)now.rId[0]))) : (((((int)now.lastId)+5)-((int)now.rId[0]))) )<=(5-3))&&(( ((((int)now.noted[ Index(((((int)now.oldest)+((int)now.i))%(2+1)), 3) ])>=((int)now.rId[0]))) ? ((((int)now.noted[ Index(((((int)now.oldest)+((int)now.i))%(2+1)), 3) ])-((int)now.rId[0]))) : (((((int)now.noted[ Index(((((int)now.oldest)+((int)now.i))%(2+1)), 3) ])+5)-((int)now.rId[0]))) )>( ((((int)now.lastId)>=((int)now.rId[0]))) ? ((((int)now.lastId)-((int)now.rId[0]))) : (((((int)now.lastId)+5)-((int)now.rId[0]))) )))))))
			goto S_689_1;
S_669_0: /* 2 */
		now.id = ((int)now.noted[ Index(((((int)now.oldest)+((int)now.i))%(2+1)), 3) ]);
#ifdef VAR_RANGES
		logval("id", ((int)now.id));
#endif
		;
S_682_0: /* 2 */
S_670_0: /* 2 */
		now.rKind[ Index(now.count, 5) ] = 3;
#ifdef VAR_RANGES
		logval("rKind[count]", ((int)now.rKind[ Index(((int)now.count), 5) ]));
#endif
		;
S_671_0: /* 2 */
		now.rId[ Index(now.count, 5) ] = ((int)now.id);
#ifdef VAR_RANGES
		logval("rId[count]", ((int)now.rId[ Index(((int)now.count), 5) ]));
#endif
		;
S_672_0: /* 2 */
		now.rState[ Index(now.count, 5) ] = 1;
#ifdef VAR_RANGES
		logval("rState[count]", ((int)now.rState[ Index(((int)now.count), 5) ]));
#endif
		;
S_673_0: /* 2 */
		now.rMsg[ Index(now.count, 5) ] = ((((int)now.oldest)+((int)now.i))%(2+1));
#ifdef VAR_RANGES
		logval("rMsg[count]", ((int)now.rMsg[ Index(((int)now.count), 5) ]));
#endif
		;
S_674_0: /* 2 */
		now.rDup[ Index(now.count, 5) ] = 1;
#ifdef VAR_RANGES
		logval("rDup[count]", ((int)now.rDup[ Index(((int)now.count), 5) ]));
#endif
		;
S_675_0: /* 2 */
		now.count = (((int)now.count)+1);
#ifdef VAR_RANGES
		logval("count", ((int)now.count));
#endif
		;
S_676_0: /* 2 */
		now.lastId = ((int)now.id);
#ifdef VAR_RANGES
		logval("lastId", ((int)now.lastId));
#endif
		;
S_680_0: /* 2 */
S_677_0: /* 2 */
		if (!((3==3)))
			goto S_680_1;
S_678_0: /* 2 */
		now.inFlight = (((int)now.inFlight)+1);
#ifdef VAR_RANGES
		logval("inFlight", ((int)now.inFlight));
#endif
		;
		goto S_681_0;
S_680_1: /* 3 */
S_679_0: /* 2 */
		/* else */;
		goto S_681_0;
S_680_2: /* 3 */
		Uerror("blocking sel in d_step (nr.9, near line 210)");
S_681_0: /* 2 */
		goto S_683_0;
S_683_0: /* 2 */
		now.sState[ Index(((now.oldest+now.i)%(2+1)), 3) ] = 2;
#ifdef VAR_RANGES
		logval("sState[((oldest+i)%(2+1))]", ((int)now.sState[ Index(((((int)now.oldest)+((int)now.i))%(2+1)), 3) ]));
#endif
		;
S_684_0: /* 2 */
		now.sId[ Index(((now.oldest+now.i)%(2+1)), 3) ] = ((int)now.id);
#ifdef VAR_RANGES
		logval("sId[((oldest+i)%(2+1))]", ((int)now.sId[ Index(((((int)now.oldest)+((int)now.i))%(2+1)), 3) ]));
#endif
		;
S_685_0: /* 2 */
		now.id = 0;
#ifdef VAR_RANGES
		logval("id", ((int)now.id));
#endif
		;
S_686_0: /* 2 */
		now.i = (((int)now.i)+1);
#ifdef VAR_RANGES
		logval("i", ((int)now.i));
#endif
		;
		goto S_690_0; /* ';' */
S_689_1: /* 3 */
S_687_0: /* 2 */
		/* else */;
S_688_0: /* 2 */
		goto S_691_0;	/* 'goto' */
S_689_2: /* 3 */
		Uerror("blocking sel in d_step (nr.10, near line 410)");
S_691_0: /* 2 */
		goto S_692_0;	/* 'break' */
S_692_0: /* 2 */
		now.i = 0;
#ifdef VAR_RANGES
		logval("i", ((int)now.i));
#endif
		;
		goto S_695_0;
S_695_0: /* 1 */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 17: // STATE 142 - session.pml:705 - [D_STEP705]
		if (!(boq == -1 &&  !(((int)now.calm))))
			continue;

		reached[2][142] = 1;
		reached[2][t->st] = 1;
		reached[2][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_696_0: /* 2 */
		if (!( !(((int)now.calm))))
			Uerror("block in d_step seq");
S_697_0: /* 2 */
		now.calm = 1;
#ifdef VAR_RANGES
		logval("calm", ((int)now.calm));
#endif
		;
		goto S_699_0;
S_699_0: /* 1 */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 18: // STATE 147 - session.pml:708 - [-end-] (0:0:0 - 3)
		IfNotBlocked
		reached[2][147] = 1;
		if (!delproc(1, II)) continue;
		_m = 3; goto P999; /* 0 */

		 /* PROC Broker */
	case 19: // STATE 32 - session.pml:621 - [D_STEP621]
		if (!(boq == -1 && (((q_len(now.up)>0)&&(q_len(now.up) > 0 \
		&& qrecv(now.up, 0, 0, 0) == 1))&&(!q_full(now.down)))))
			continue;

		reached[1][32] = 1;
		reached[1][t->st] = 1;
		reached[1][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_449_0: /* 2 */
		if (!((((q_len(now.up)>0)&&(q_len(now.up) > 0 \
		&& qrecv(now.up, 0, 0, 0) == 1))&&(!q_full(now.down)))))
			Uerror("block in d_step seq");
S_450_0: /* 2 */
		if (q_len(now.up) == 0) Uerror("block in d_step seq");

		XX=1;
		if (1 != qrecv(now.up, 0, 0, 0)) Uerror("block in d_step seq");
		qrecv(now.up, XX-1, 1, 0);
		qrecv(now.up, XX-1, 2, 0);
		qrecv(now.up, XX-1, 3, 1);
		
#ifdef HAS_CODE
		if (readtrail && gui) {
			char simtmp[32];
			sprintf(simvals, "%d?", now.up);
		sprintf(simtmp, "%d", 1); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)_)); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)_)); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)_)); strcat(simvals, simtmp);		}
#endif
		;
S_451_0: /* 2 */
		now.j = 0;
#ifdef VAR_RANGES
		logval("j", ((int)now.j));
#endif
		;
S_458_0: /* 2 */
S_457_0: /* 2 */
S_452_0: /* 2 */
		if (!((((int)now.j)<(2+1))))
			goto S_457_1;
S_453_0: /* 2 */
		now.seen[ Index(now.j, 3) ] = 0;
#ifdef VAR_RANGES
		logval("seen[j]", ((int)now.seen[ Index(((int)now.j), 3) ]));
#endif
		;
S_454_0: /* 2 */
		now.j = (((int)now.j)+1);
#ifdef VAR_RANGES
		logval("j", ((int)now.j));
#endif
		;
		goto S_458_0; /* ';' */
S_457_1: /* 3 */
S_455_0: /* 2 */
		/* else */;
S_456_0: /* 2 */
		goto S_460_0;	/* 'goto' */
S_457_2: /* 3 */
		Uerror("blocking sel in d_step (nr.11, near line 624)");
S_459_0: /* 2 */
		goto S_460_0;	/* 'break' */
S_460_0: /* 2 */
		now.j = 0;
#ifdef VAR_RANGES
		logval("j", ((int)now.j));
#endif
		;
S_461_0: /* 2 */
		now.again = 0;
#ifdef VAR_RANGES
		logval("again", ((int)now.again));
#endif
		;
S_465_0: /* 2 */
S_462_0: /* 2 */
		if (!(0))
			goto S_465_1;
S_463_0: /* 2 */
		now.bSession = 0;
#ifdef VAR_RANGES
		logval("bSession", ((int)now.bSession));
#endif
		;
		goto S_466_0;
S_465_1: /* 3 */
S_464_0: /* 2 */
		/* else */;
		goto S_466_0;
S_465_2: /* 3 */
		Uerror("blocking sel in d_step (nr.12, near line 630)");
S_466_0: /* 2 */
S_470_0: /* 2 */
S_467_0: /* 2 */
		if (!( !(((int)now.bSession))))
			goto S_470_1;
S_468_0: /* 2 */
		now.bFilter = 0;
#ifdef VAR_RANGES
		logval("bFilter", ((int)now.bFilter));
#endif
		;
		goto S_471_0;
S_470_1: /* 3 */
S_469_0: /* 2 */
		/* else */;
		goto S_471_0;
S_470_2: /* 3 */
		Uerror("blocking sel in d_step (nr.13, near line 634)");
S_471_0: /* 2 */
S_472_0: /* 2 */
		now.bConnected = 1;
#ifdef VAR_RANGES
		logval("bConnected", ((int)now.bConnected));
#endif
		;
S_478_0: /* 2 */
S_476_0: /* 2 */
S_473_0: /* 2 */
		if (!(((int)now.alive)))
			goto S_476_1;
S_474_0: /* 2 */
		if (q_full(now.down))
			Uerror("block in d_step seq");
#ifdef HAS_CODE
		if (readtrail && gui) {
			char simtmp[64];
			sprintf(simvals, "%d!", now.down);
		sprintf(simtmp, "%d", 2); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", 0); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)now.bSession)); strcat(simvals, simtmp);		}
#endif
		
		qsend(now.down, 0, 2, 0, ((int)now.bSession), 0, 3);
		goto S_477_0;
S_476_1: /* 3 */
S_475_0: /* 2 */
		/* else */;
		goto S_477_0;
S_476_2: /* 3 */
		Uerror("blocking sel in d_step (nr.14, near line 582)");
S_477_0: /* 2 */
		goto S_479_0;
S_479_0: /* 2 */
		now.bSession = 1;
#ifdef VAR_RANGES
		logval("bSession", ((int)now.bSession));
#endif
		;
		goto S_554_0;
S_554_0: /* 1 */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 20: // STATE 68 - session.pml:642 - [D_STEP642]
		if (!(boq == -1 && (((((int)now.bConnected)&&(q_len(now.up)>0))&&(q_len(now.up) > 0 \
		&& qrecv(now.up, 0, 0, 0) == 3))&&(!q_full(now.down)))))
			continue;

		reached[1][68] = 1;
		reached[1][t->st] = 1;
		reached[1][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_481_0: /* 2 */
		if (!((((((int)now.bConnected)&&(q_len(now.up)>0))&&(q_len(now.up) > 0 \
		&& qrecv(now.up, 0, 0, 0) == 3))&&(!q_full(now.down)))))
			Uerror("block in d_step seq");
S_482_0: /* 2 */
		if (q_len(now.up) == 0) Uerror("block in d_step seq");

		XX=1;
		if (3 != qrecv(now.up, 0, 0, 0)) Uerror("block in d_step seq");
		now.id = qrecv(now.up, XX-1, 1, 0);
#ifdef VAR_RANGES
		logval("id", ((int)now.id));
#endif
		;
		now.m = qrecv(now.up, XX-1, 2, 0);
#ifdef VAR_RANGES
		logval("m", ((int)now.m));
#endif
		;
		now.flag = qrecv(now.up, XX-1, 3, 1);
#ifdef VAR_RANGES
		logval("flag", ((int)now.flag));
#endif
		;
		
#ifdef HAS_CODE
		if (readtrail && gui) {
			char simtmp[32];
			sprintf(simvals, "%d?", now.up);
		sprintf(simtmp, "%d", 3); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)now.id)); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)now.m)); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)now.flag)); strcat(simvals, simtmp);		}
#endif
		;
S_506_0: /* 2 */
S_483_0: /* 2 */
		spin_assert((((((((int)now.m)+(2+1))-((int)now.oldest))%(2+1))<((int)now.held))&&(((int)now.sState[ Index(((int)now.m), 3) ])==2)), "(((((m+(2+1))-oldest)%(2+1))<held)&&(sState[m]==2))", II, tt, t);
S_484_0: /* 2 */
		spin_assert( !(((int)now.seen[ Index(((int)now.m), 3) ])), " !(seen[m])", II, tt, t);
S_485_0: /* 2 */
		now.j = ((((((int)now.m)+(2+1))-((int)now.oldest))%(2+1))+1);
#ifdef VAR_RANGES
		logval("j", ((int)now.j));
#endif
		;
S_492_0: /* 2 */
S_491_0: /* 2 */
S_486_0: /* 2 */
		if (!((((int)now.j)<((int)now.held))))
			goto S_491_1;
S_487_0: /* 2 */
		spin_assert( !(((int)now.seen[ Index(((((int)now.oldest)+((int)now.j))%(2+1)), 3) ])), " !(seen[((oldest+j)%(2+1))])", II, tt, t);
S_488_0: /* 2 */
		now.j = (((int)now.j)+1);
#ifdef VAR_RANGES
		logval("j", ((int)now.j));
#endif
		;
		goto S_492_0; /* ';' */
S_491_1: /* 3 */
S_489_0: /* 2 */
		/* else */;
S_490_0: /* 2 */
		goto S_494_0;	/* 'goto' */
S_491_2: /* 3 */
		Uerror("blocking sel in d_step (nr.15, near line 593)");
S_493_0: /* 2 */
		goto S_494_0;	/* 'break' */
S_494_0: /* 2 */
		now.j = 0;
#ifdef VAR_RANGES
		logval("j", ((int)now.j));
#endif
		;
S_503_0: /* 2 */
S_495_0: /* 2 */
		if (!(((int)now.got[ Index(((int)now.m), 3) ])))
			goto S_503_1;
S_496_0: /* 2 */
		spin_assert((((int)now.flag)&&(((int)now.gotId[ Index(((int)now.m), 3) ])==((int)now.id))), "(flag&&(gotId[m]==id))", II, tt, t);
S_497_0: /* 2 */
		now.again = (((int)now.again)+1);
#ifdef VAR_RANGES
		logval("again", ((int)now.again));
#endif
		;
S_498_0: /* 2 */
		spin_assert((((int)now.again)<=2), "(again<=2)", II, tt, t);
		goto S_504_0;
S_503_1: /* 3 */
S_499_0: /* 2 */
		/* else */;
S_500_0: /* 2 */
		spin_assert((((((((int)now.m)+(2+1))-((int)now.oldest))%(2+1))==0)||((int)now.got[ Index(((((int)now.m)+((2+1)-1))%(2+1)), 3) ])), "(((((m+(2+1))-oldest)%(2+1))==0)||got[((m+((2+1)-1))%(2+1))])", II, tt, t);
S_501_0: /* 2 */
		now.got[ Index(now.m, 3) ] = 1;
#ifdef VAR_RANGES
		logval("got[m]", ((int)now.got[ Index(((int)now.m), 3) ]));
#endif
		;
S_502_0: /* 2 */
		now.gotId[ Index(now.m, 3) ] = ((int)now.id);
#ifdef VAR_RANGES
		logval("gotId[m]", ((int)now.gotId[ Index(((int)now.m), 3) ]));
#endif
		;
		goto S_504_0;
S_503_2: /* 3 */
		Uerror("blocking sel in d_step (nr.16, near line 598)");
S_504_0: /* 2 */
S_505_0: /* 2 */
		now.seen[ Index(now.m, 3) ] = 1;
#ifdef VAR_RANGES
		logval("seen[m]", ((int)now.seen[ Index(((int)now.m), 3) ]));
#endif
		;
		goto S_512_0;
S_512_0: /* 2 */
S_510_0: /* 2 */
S_507_0: /* 2 */
		if (!(((int)now.alive)))
			goto S_510_1;
S_508_0: /* 2 */
		if (q_full(now.down))
			Uerror("block in d_step seq");
#ifdef HAS_CODE
		if (readtrail && gui) {
			char simtmp[64];
			sprintf(simvals, "%d!", now.down);
		sprintf(simtmp, "%d", 4); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)now.id)); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", 0); strcat(simvals, simtmp);		}
#endif
		
		qsend(now.down, 0, 4, ((int)now.id), 0, 0, 3);
		goto S_511_0;
S_510_1: /* 3 */
S_509_0: /* 2 */
		/* else */;
		goto S_511_0;
S_510_2: /* 3 */
		Uerror("blocking sel in d_step (nr.17, near line 582)");
S_511_0: /* 2 */
		goto S_513_0;
S_513_0: /* 2 */
		now.id = 0;
#ifdef VAR_RANGES
		logval("id", ((int)now.id));
#endif
		;
S_514_0: /* 2 */
		now.m = 0;
#ifdef VAR_RANGES
		logval("m", ((int)now.m));
#endif
		;
S_515_0: /* 2 */
		now.flag = 0;
#ifdef VAR_RANGES
		logval("flag", ((int)now.flag));
#endif
		;
		goto S_554_0; /* ';' */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 21: // STATE 80 - session.pml:648 - [D_STEP648]
		if (!(boq == -1 && (((((int)now.bConnected)&&(q_len(now.up)>0))&&((q_len(now.up) > 0 \
		&& qrecv(now.up, 0, 0, 0) == 5)||(q_len(now.up) > 0 \
		&& qrecv(now.up, 0, 0, 0) == 7)))&&(!q_full(now.down)))))
			continue;

		reached[1][80] = 1;
		reached[1][t->st] = 1;
		reached[1][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_517_0: /* 2 */
		if (!((((((int)now.bConnected)&&(q_len(now.up)>0))&&((q_len(now.up) > 0 \
		&& qrecv(now.up, 0, 0, 0) == 5)||(q_len(now.up) > 0 \
		&& qrecv(now.up, 0, 0, 0) == 7)))&&(!q_full(now.down)))))
			Uerror("block in d_step seq");
S_518_0: /* 2 */
		if (q_len(now.up) == 0) Uerror("block in d_step seq");

		XX=1;
		now.k = qrecv(now.up, XX-1, 0, 0);
#ifdef VAR_RANGES
		logval("k", ((int)now.k));
#endif
		;
		now.id = qrecv(now.up, XX-1, 1, 0);
#ifdef VAR_RANGES
		logval("id", ((int)now.id));
#endif
		;
		qrecv(now.up, XX-1, 2, 0);
		qrecv(now.up, XX-1, 3, 1);
		
#ifdef HAS_CODE
		if (readtrail && gui) {
			char simtmp[32];
			sprintf(simvals, "%d?", now.up);
		sprintf(simtmp, "%d", ((int)now.k)); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)now.id)); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)_)); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)_)); strcat(simvals, simtmp);		}
#endif
		;
S_519_0: /* 2 */
		now.bFilter = (((int)now.k)==5);
#ifdef VAR_RANGES
		logval("bFilter", ((int)now.bFilter));
#endif
		;
S_525_0: /* 2 */
S_523_0: /* 2 */
S_520_0: /* 2 */
		if (!(((int)now.alive)))
			goto S_523_1;
S_521_0: /* 2 */
		if (q_full(now.down))
			Uerror("block in d_step seq");
#ifdef HAS_CODE
		if (readtrail && gui) {
			char simtmp[64];
			sprintf(simvals, "%d!", now.down);
		sprintf(simtmp, "%d", (((int)now.k)+1)); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)now.id)); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", 0); strcat(simvals, simtmp);		}
#endif
		
		qsend(now.down, 0, (((int)now.k)+1), ((int)now.id), 0, 0, 3);
		goto S_524_0;
S_523_1: /* 3 */
S_522_0: /* 2 */
		/* else */;
		goto S_524_0;
S_523_2: /* 3 */
		Uerror("blocking sel in d_step (nr.18, near line 582)");
S_524_0: /* 2 */
		goto S_526_0;
S_526_0: /* 2 */
		now.k = 0;
#ifdef VAR_RANGES
		logval("k", ((int)now.k));
#endif
		;
S_527_0: /* 2 */
		now.id = 0;
#ifdef VAR_RANGES
		logval("id", ((int)now.id));
#endif
		;
		goto S_554_0; /* ';' */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 22: // STATE 81 - session.pml:655 - [((bConnected&&!(alive)))] (0:0:0 - 1)
		IfNotBlocked
		reached[1][81] = 1;
		if (!((((int)now.bConnected)&& !(((int)now.alive)))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 23: // STATE 97 - session.pml:656 - [D_STEP656]
		IfNotBlocked

		reached[1][97] = 1;
		reached[1][t->st] = 1;
		reached[1][tt] = 1;

		if (TstOnly) return 1;


		reached[1][97] = 1;
		reached[1][t->st] = 1;
		reached[1][tt] = 1;

		sv_save();
		S_544_0: /* 2 */
S_530_0: /* 2 */
		now.bConnected = 0;
#ifdef VAR_RANGES
		logval("bConnected", ((int)now.bConnected));
#endif
		;
S_536_0: /* 2 */
S_535_0: /* 2 */
S_531_0: /* 2 */
		if (!((q_len(now.up)>0)))
			goto S_535_1;
S_532_0: /* 2 */
		if (q_len(now.up) == 0) Uerror("block in d_step seq");

		XX=1;
		qrecv(now.up, XX-1, 0, 0);
		qrecv(now.up, XX-1, 1, 0);
		qrecv(now.up, XX-1, 2, 0);
		qrecv(now.up, XX-1, 3, 1);
		
#ifdef HAS_CODE
		if (readtrail && gui) {
			char simtmp[32];
			sprintf(simvals, "%d?", now.up);
		sprintf(simtmp, "%d", ((int)_)); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)_)); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)_)); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)_)); strcat(simvals, simtmp);		}
#endif
		;
		goto S_536_0; /* ';' */
S_535_1: /* 3 */
S_533_0: /* 2 */
		/* else */;
S_534_0: /* 2 */
		goto S_542_0;	/* 'goto' */
S_535_2: /* 3 */
		Uerror("blocking sel in d_step (nr.19, near line 571)");
S_537_0: /* 2 */
		goto S_542_0;	/* 'break' */
S_542_0: /* 2 */
S_538_0: /* 2 */
		if (!(0))
			goto S_542_1;
S_539_0: /* 2 */
		now.bSession = 0;
#ifdef VAR_RANGES
		logval("bSession", ((int)now.bSession));
#endif
		;
S_540_0: /* 2 */
		now.bFilter = 0;
#ifdef VAR_RANGES
		logval("bFilter", ((int)now.bFilter));
#endif
		;
		goto S_543_0;
S_542_1: /* 3 */
S_541_0: /* 2 */
		/* else */;
		goto S_543_0;
S_542_2: /* 3 */
		Uerror("blocking sel in d_step (nr.20, near line 575)");
S_543_0: /* 2 */
		goto S_550_0;
S_550_0: /* 1 */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 24: // STATE 98 - session.pml:658 - [(1)] (105:0:0 - 1)
		IfNotBlocked
		reached[1][98] = 1;
		if (!(1))
			continue;
		/* merge: .(goto)(105, 103, 105) */
		reached[1][103] = 1;
		;
		/* merge: .(goto)(0, 106, 105) */
		reached[1][106] = 1;
		;
		_m = 3; goto P999; /* 2 */
	case 25: // STATE 103 - session.pml:660 - [.(goto)] (0:105:0 - 2)
		IfNotBlocked
		reached[1][103] = 1;
		;
		/* merge: .(goto)(0, 106, 105) */
		reached[1][106] = 1;
		;
		_m = 3; goto P999; /* 1 */
	case 26: // STATE 99 - session.pml:659 - [(bSession)] (105:0:2 - 1)
		IfNotBlocked
		reached[1][99] = 1;
		if (!(((int)now.bSession)))
			continue;
		/* merge: bSession = 0(105, 100, 105) */
		reached[1][100] = 1;
		(trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = ((int)now.bSession);
		now.bSession = 0;
#ifdef VAR_RANGES
		logval("bSession", ((int)now.bSession));
#endif
		;
		/* merge: bFilter = 0(105, 101, 105) */
		reached[1][101] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.bFilter);
		now.bFilter = 0;
#ifdef VAR_RANGES
		logval("bFilter", ((int)now.bFilter));
#endif
		;
		/* merge: .(goto)(105, 103, 105) */
		reached[1][103] = 1;
		;
		/* merge: .(goto)(0, 106, 105) */
		reached[1][106] = 1;
		;
		_m = 3; goto P999; /* 4 */
	case 27: // STATE 108 - session.pml:662 - [-end-] (0:0:0 - 1)
		IfNotBlocked
		reached[1][108] = 1;
		if (!delproc(1, II)) continue;
		_m = 3; goto P999; /* 0 */

		 /* PROC Device */
	case 28: // STATE 1 - session.pml:429 - [((session==0))] (0:0:0 - 1)
		IfNotBlocked
		reached[0][1] = 1;
		if (!((((int)now.session)==0)))
			continue;
		_m = 3; goto P999; /* 0 */
	case 29: // STATE 2 - session.pml:431 - [flag = 0] (0:88:1 - 1)
		IfNotBlocked
		reached[0][2] = 1;
		(trpt+1)->bup.oval = ((int)now.flag);
		now.flag = 0;
#ifdef VAR_RANGES
		logval("flag", ((int)now.flag));
#endif
		;
		/* merge: .(goto)(88, 6, 88) */
		reached[0][6] = 1;
		;
		_m = 3; goto P999; /* 1 */
	case 30: // STATE 6 - session.pml:434 - [.(goto)] (0:88:0 - 2)
		IfNotBlocked
		reached[0][6] = 1;
		;
		_m = 3; goto P999; /* 0 */
	case 31: // STATE 3 - session.pml:432 - [((((cursor<count)&&(rState[cursor]==1))&&!(calm)))] (88:0:1 - 1)
		IfNotBlocked
		reached[0][3] = 1;
		if (!((((((int)now.cursor)<((int)now.count))&&(((int)now.rState[ Index(((int)now.cursor), 5) ])==1))&& !(((int)now.calm)))))
			continue;
		/* merge: flag = 1(88, 4, 88) */
		reached[0][4] = 1;
		(trpt+1)->bup.oval = ((int)now.flag);
		now.flag = 1;
#ifdef VAR_RANGES
		logval("flag", ((int)now.flag));
#endif
		;
		/* merge: .(goto)(88, 6, 88) */
		reached[0][6] = 1;
		;
		_m = 3; goto P999; /* 2 */
	case 32: // STATE 88 - session.pml:434 - [D_STEP434]
		if (!(((boq == -1 && (q_len(now.down)>0))) || (boq == -1 /* else */)))
			continue;

		reached[0][88] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_011_0: /* 2 */
S_010_0: /* 2 */
S_006_0: /* 2 */
		if (!((q_len(now.down)>0)))
			goto S_010_1;
S_007_0: /* 2 */
		if (q_len(now.down) == 0) Uerror("block in d_step seq");

		XX=1;
		qrecv(now.down, XX-1, 0, 0);
		qrecv(now.down, XX-1, 1, 0);
		qrecv(now.down, XX-1, 2, 1);
		
#ifdef HAS_CODE
		if (readtrail && gui) {
			char simtmp[32];
			sprintf(simvals, "%d?", now.down);
		sprintf(simtmp, "%d", ((int)_)); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)_)); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)_)); strcat(simvals, simtmp);		}
#endif
		;
		goto S_011_0; /* ';' */
S_010_1: /* 3 */
S_008_0: /* 2 */
		/* else */;
S_009_0: /* 2 */
		goto S_017_0;	/* 'goto' */
S_010_2: /* 3 */
		Uerror("blocking sel in d_step (nr.21, near line 435)");
S_012_0: /* 2 */
		goto S_017_0;	/* 'break' */
S_018_0: /* 2 */
S_017_0: /* 2 */
S_013_0: /* 2 */
		if (!((q_len(now.up)>0)))
			goto S_017_1;
S_014_0: /* 2 */
		if (q_len(now.up) == 0) Uerror("block in d_step seq");

		XX=1;
		qrecv(now.up, XX-1, 0, 0);
		qrecv(now.up, XX-1, 1, 0);
		qrecv(now.up, XX-1, 2, 0);
		qrecv(now.up, XX-1, 3, 1);
		
#ifdef HAS_CODE
		if (readtrail && gui) {
			char simtmp[32];
			sprintf(simvals, "%d?", now.up);
		sprintf(simtmp, "%d", ((int)_)); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)_)); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)_)); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)_)); strcat(simvals, simtmp);		}
#endif
		;
		goto S_018_0; /* ';' */
S_017_1: /* 3 */
S_015_0: /* 2 */
		/* else */;
S_016_0: /* 2 */
		goto S_027_0;	/* 'goto' */
S_017_2: /* 3 */
		Uerror("blocking sel in d_step (nr.22, near line 439)");
S_019_0: /* 2 */
		goto S_027_0;	/* 'break' */
S_027_0: /* 2 */
S_020_0: /* 2 */
		now.pendingId = 0;
#ifdef VAR_RANGES
		logval("pendingId", ((int)now.pendingId));
#endif
		;
S_024_0: /* 2 */
S_021_0: /* 2 */
		if (!(((((int)now.filter)==2)||(((int)now.filter)==5))))
			goto S_024_1;
S_022_0: /* 2 */
		now.filter = ( (((int)now.nextFilter)) ? (((int)now.nextFilter)) : ((((int)now.filter)-1)) );
#ifdef VAR_RANGES
		logval("filter", ((int)now.filter));
#endif
		;
		goto S_025_0;
S_024_1: /* 3 */
S_023_0: /* 2 */
		/* else */;
		goto S_025_0;
S_024_2: /* 3 */
		Uerror("blocking sel in d_step (nr.23, near line 295)");
S_025_0: /* 2 */
S_026_0: /* 2 */
		now.nextFilter = 0;
#ifdef VAR_RANGES
		logval("nextFilter", ((int)now.nextFilter));
#endif
		;
		goto S_082_0;
S_082_0: /* 2 */
S_028_0: /* 2 */
		now.i = 0;
#ifdef VAR_RANGES
		logval("i", ((int)now.i));
#endif
		;
S_046_0: /* 2 */
S_045_0: /* 2 */
S_029_0: /* 2 */
		if (!((((int)now.i)<((int)now.count))))
			goto S_045_1;
S_040_0: /* 2 */
S_030_0: /* 2 */
		if (!((((int)now.rState[ Index(((int)now.i), 5) ])==0)))
			goto S_040_1;
		goto S_041_0;
S_040_1: /* 3 */
S_031_0: /* 2 */
		if (!(((((int)now.rState[ Index(((int)now.i), 5) ])!=0)&&(((int)now.rKind[ Index(((int)now.i), 5) ])!=3))))
			goto S_040_2;
S_032_0: /* 2 */
		now.rState[ Index(now.i, 5) ] = 0;
#ifdef VAR_RANGES
		logval("rState[i]", ((int)now.rState[ Index(((int)now.i), 5) ]));
#endif
		;
		goto S_041_0;
S_040_2: /* 3 */
S_033_0: /* 2 */
		if (!(((((int)now.rState[ Index(((int)now.i), 5) ])!=0)&&(((int)now.rKind[ Index(((int)now.i), 5) ])==3))))
			goto S_040_3;
S_037_0: /* 2 */
S_034_0: /* 2 */
		if (!(((((int)now.rState[ Index(((int)now.i), 5) ])==2)||(((int)now.flag)&&(((int)now.i)==((int)now.cursor))))))
			goto S_037_1;
S_035_0: /* 2 */
		now.rDup[ Index(now.i, 5) ] = 1;
#ifdef VAR_RANGES
		logval("rDup[i]", ((int)now.rDup[ Index(((int)now.i), 5) ]));
#endif
		;
		goto S_038_0;
S_037_1: /* 3 */
S_036_0: /* 2 */
		/* else */;
		goto S_038_0;
S_037_2: /* 3 */
		Uerror("blocking sel in d_step (nr.24, near line 267)");
S_038_0: /* 2 */
S_039_0: /* 2 */
		now.rState[ Index(now.i, 5) ] = 1;
#ifdef VAR_RANGES
		logval("rState[i]", ((int)now.rState[ Index(((int)now.i), 5) ]));
#endif
		;
		goto S_041_0;
S_040_3: /* 3 */
		Uerror("blocking sel in d_step (nr.25, near line 259)");
S_041_0: /* 2 */
S_042_0: /* 2 */
		now.i = (((int)now.i)+1);
#ifdef VAR_RANGES
		logval("i", ((int)now.i));
#endif
		;
		goto S_046_0; /* ';' */
S_045_1: /* 3 */
S_043_0: /* 2 */
		/* else */;
S_044_0: /* 2 */
		goto S_048_0;	/* 'goto' */
S_045_2: /* 3 */
		Uerror("blocking sel in d_step (nr.26, near line 257)");
S_047_0: /* 2 */
		goto S_048_0;	/* 'break' */
S_048_0: /* 2 */
		now.cursor = 0;
#ifdef VAR_RANGES
		logval("cursor", ((int)now.cursor));
#endif
		;
S_081_0: /* 2 */
S_078_0: /* 2 */
S_077_0: /* 2 */
S_049_0: /* 2 */
		if (!(((((int)now.count)>0)&&(((int)now.rState[0])==0))))
			goto S_077_1;
S_050_0: /* 2 */
		now.i = 1;
#ifdef VAR_RANGES
		logval("i", ((int)now.i));
#endif
		;
S_061_0: /* 2 */
S_060_0: /* 2 */
S_051_0: /* 2 */
		if (!((((int)now.i)<((int)now.count))))
			goto S_060_1;
S_052_0: /* 2 */
		now.rKind[ Index((now.i-1), 5) ] = ((int)now.rKind[ Index(((int)now.i), 5) ]);
#ifdef VAR_RANGES
		logval("rKind[(i-1)]", ((int)now.rKind[ Index((((int)now.i)-1), 5) ]));
#endif
		;
S_053_0: /* 2 */
		now.rId[ Index((now.i-1), 5) ] = ((int)now.rId[ Index(((int)now.i), 5) ]);
#ifdef VAR_RANGES
		logval("rId[(i-1)]", ((int)now.rId[ Index((((int)now.i)-1), 5) ]));
#endif
		;
S_054_0: /* 2 */
		now.rState[ Index((now.i-1), 5) ] = ((int)now.rState[ Index(((int)now.i), 5) ]);
#ifdef VAR_RANGES
		logval("rState[(i-1)]", ((int)now.rState[ Index((((int)now.i)-1), 5) ]));
#endif
		;
S_055_0: /* 2 */
		now.rMsg[ Index((now.i-1), 5) ] = ((int)now.rMsg[ Index(((int)now.i), 5) ]);
#ifdef VAR_RANGES
		logval("rMsg[(i-1)]", ((int)now.rMsg[ Index((((int)now.i)-1), 5) ]));
#endif
		;
S_056_0: /* 2 */
		now.rDup[ Index((now.i-1), 5) ] = ((int)now.rDup[ Index(((int)now.i), 5) ]);
#ifdef VAR_RANGES
		logval("rDup[(i-1)]", ((int)now.rDup[ Index((((int)now.i)-1), 5) ]));
#endif
		;
S_057_0: /* 2 */
		now.i = (((int)now.i)+1);
#ifdef VAR_RANGES
		logval("i", ((int)now.i));
#endif
		;
		goto S_061_0; /* ';' */
S_060_1: /* 3 */
S_058_0: /* 2 */
		/* else */;
S_059_0: /* 2 */
		goto S_063_0;	/* 'goto' */
S_060_2: /* 3 */
		Uerror("blocking sel in d_step (nr.27, near line 224)");
S_062_0: /* 2 */
		goto S_063_0;	/* 'break' */
S_063_0: /* 2 */
		now.count = (((int)now.count)-1);
#ifdef VAR_RANGES
		logval("count", ((int)now.count));
#endif
		;
S_069_0: /* 2 */
S_064_0: /* 2 */
		now.rKind[ Index(now.count, 5) ] = 0;
#ifdef VAR_RANGES
		logval("rKind[count]", ((int)now.rKind[ Index(((int)now.count), 5) ]));
#endif
		;
S_065_0: /* 2 */
		now.rId[ Index(now.count, 5) ] = 0;
#ifdef VAR_RANGES
		logval("rId[count]", ((int)now.rId[ Index(((int)now.count), 5) ]));
#endif
		;
S_066_0: /* 2 */
		now.rState[ Index(now.count, 5) ] = 0;
#ifdef VAR_RANGES
		logval("rState[count]", ((int)now.rState[ Index(((int)now.count), 5) ]));
#endif
		;
S_067_0: /* 2 */
		now.rMsg[ Index(now.count, 5) ] = 0;
#ifdef VAR_RANGES
		logval("rMsg[count]", ((int)now.rMsg[ Index(((int)now.count), 5) ]));
#endif
		;
S_068_0: /* 2 */
		now.rDup[ Index(now.count, 5) ] = 0;
#ifdef VAR_RANGES
		logval("rDup[count]", ((int)now.rDup[ Index(((int)now.count), 5) ]));
#endif
		;
		goto S_073_0;
S_073_0: /* 2 */
S_070_0: /* 2 */
		if (!((((int)now.cursor)>0)))
			goto S_073_1;
S_071_0: /* 2 */
		now.cursor = (((int)now.cursor)-1);
#ifdef VAR_RANGES
		logval("cursor", ((int)now.cursor));
#endif
		;
		goto S_074_0;
S_073_1: /* 3 */
S_072_0: /* 2 */
		/* else */;
		goto S_074_0;
S_073_2: /* 3 */
		Uerror("blocking sel in d_step (nr.28, near line 233)");
S_074_0: /* 2 */
		goto S_078_0; /* '.' */
		goto S_078_0; /* ';' */
S_077_1: /* 3 */
S_075_0: /* 2 */
		/* else */;
S_076_0: /* 2 */
		goto S_080_0;	/* 'goto' */
S_077_2: /* 3 */
		Uerror("blocking sel in d_step (nr.29, near line 221)");
S_079_0: /* 2 */
		goto S_080_0;	/* 'break' */
S_080_0: /* 2 */
		now.i = 0;
#ifdef VAR_RANGES
		logval("i", ((int)now.i));
#endif
		;
		goto S_083_0;
S_083_0: /* 2 */
		now.flag = 0;
#ifdef VAR_RANGES
		logval("flag", ((int)now.flag));
#endif
		;
S_084_0: /* 2 */
		now.session = 1;
#ifdef VAR_RANGES
		logval("session", ((int)now.session));
#endif
		;
S_085_0: /* 2 */
		now.alive = 1;
#ifdef VAR_RANGES
		logval("alive", ((int)now.alive));
#endif
		;
S_086_0: /* 2 */
		if (q_full(now.up))
			Uerror("block in d_step seq");
#ifdef HAS_CODE
		if (readtrail && gui) {
			char simtmp[64];
			sprintf(simvals, "%d!", now.up);
		sprintf(simtmp, "%d", 1); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", 0); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", 0); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", 0); strcat(simvals, simtmp);		}
#endif
		
		qsend(now.up, 0, 1, 0, 0, 0, 4);
		goto S_446_0;
S_446_0: /* 1 */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 33: // STATE 105 - session.pml:452 - [D_STEP452]
		if (!(boq == -1 && (((((int)now.session)==1)&&(q_len(now.down)>0))&&(q_len(now.down) > 0 \
		&& qrecv(now.down, 0, 0, 0) == 2))))
			continue;

		reached[0][105] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_089_0: /* 2 */
		if (!((((((int)now.session)==1)&&(q_len(now.down)>0))&&(q_len(now.down) > 0 \
		&& qrecv(now.down, 0, 0, 0) == 2))))
			Uerror("block in d_step seq");
S_090_0: /* 2 */
		if (q_len(now.down) == 0) Uerror("block in d_step seq");

		XX=1;
		if (2 != qrecv(now.down, 0, 0, 0)) Uerror("block in d_step seq");
		qrecv(now.down, XX-1, 1, 0);
		now.flag = qrecv(now.down, XX-1, 2, 1);
#ifdef VAR_RANGES
		logval("flag", ((int)now.flag));
#endif
		;
		
#ifdef HAS_CODE
		if (readtrail && gui) {
			char simtmp[32];
			sprintf(simvals, "%d?", now.down);
		sprintf(simtmp, "%d", 2); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)_)); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)now.flag)); strcat(simvals, simtmp);		}
#endif
		;
S_094_0: /* 2 */
S_091_0: /* 2 */
		if (!(((int)now.flag)))
			goto S_094_1;
S_092_0: /* 2 */
		spin_assert( !(0), " !(0)", II, tt, t);
		goto S_095_0;
S_094_1: /* 3 */
S_093_0: /* 2 */
		/* else */;
		goto S_095_0;
S_094_2: /* 3 */
		Uerror("blocking sel in d_step (nr.30, near line 454)");
S_095_0: /* 2 */
S_096_0: /* 2 */
		now.session = 2;
#ifdef VAR_RANGES
		logval("session", ((int)now.session));
#endif
		;
S_102_0: /* 2 */
S_100_0: /* 2 */
S_097_0: /* 2 */
		if (!(((((int)now.filter)==3)&& !(((int)now.flag)))))
			goto S_100_1;
S_098_0: /* 2 */
		now.filter = 1;
#ifdef VAR_RANGES
		logval("filter", ((int)now.filter));
#endif
		;
		goto S_101_0;
S_100_1: /* 3 */
S_099_0: /* 2 */
		/* else */;
		goto S_101_0;
S_100_2: /* 3 */
		Uerror("blocking sel in d_step (nr.31, near line 306)");
S_101_0: /* 2 */
		goto S_103_0;
S_103_0: /* 2 */
		now.flag = 0;
#ifdef VAR_RANGES
		logval("flag", ((int)now.flag));
#endif
		;
		goto S_446_0; /* ';' */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 34: // STATE 226 - session.pml:470 - [D_STEP470]
		if (!(boq == -1 && ((((((int)now.session)==2)&&(((int)now.held)>0))&&(((int)now.inFlight)<2))&&((((int)now.count)<5)&&((((int)now.count)==0)||(( ((((int)now.lastId)>=((int)now.rId[0]))) ? ((((int)now.lastId)-((int)now.rId[0]))) : (((((int)now.lastId)+5)-((int)now.rId[0]))) )<=(5-3)))))))
			continue;

		reached[0][226] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_105_0: /* 2 */
		if (!(((((((int)now.session)==2)&&(((int)now.held)>0))&&(((int)now.inFlight)<2))&&((((int)now.count)<5)&&((((int)now.count)==0)||(( ((((int)now.lastId)>=((int)now.rId[0]))) ? ((((int)now.lastId)-((int)now.rId[0]))) : (((((int)now.lastId)+5)-((int)now.rId[0]))) )<=(5-3)))))))
			Uerror("block in d_step seq");
S_156_0: /* 2 */
S_106_0: /* 2 */
		if (!(((((int)now.pendingId)==0)&&((((int)now.filter)==1)||(((int)now.filter)==4)))))
			goto S_156_1;
S_154_0: /* 2 */
S_152_0: /* 2 */
S_107_0: /* 2 */
		if (!((((((int)now.pendingId)==0)&&((((int)now.filter)==1)||(((int)now.filter)==4)))&&((((int)now.count)<5)&&((((int)now.count)==0)||(( ((((int)now.lastId)>=((int)now.rId[0]))) ? ((((int)now.lastId)-((int)now.rId[0]))) : (((((int)now.lastId)+5)-((int)now.rId[0]))) )<=(5-3)))))))
			goto S_152_1;
S_134_0: /* 2 */
S_108_0: /* 2 */
		now.id = ( ((((int)now.lastId)==5)) ? (1) : ((((int)now.lastId)+1)) );
#ifdef VAR_RANGES
		logval("id", ((int)now.id));
#endif
		;
S_112_0: /* 2 */
S_109_0: /* 2 */
		if (!((((int)now.id)==((int)now.pendingId))))
			goto S_112_1;
S_110_0: /* 2 */
		now.id = ( ((((int)now.id)==5)) ? (1) : ((((int)now.id)+1)) );
#ifdef VAR_RANGES
		logval("id", ((int)now.id));
#endif
		;
		goto S_113_0;
S_112_1: /* 3 */
S_111_0: /* 2 */
		/* else */;
		goto S_113_0;
S_112_2: /* 3 */
		Uerror("blocking sel in d_step (nr.32, near line 183)");
S_113_0: /* 2 */
S_114_0: /* 2 */
		spin_assert((((int)now.id)!=((int)now.pendingId)), "(id!=pendingId)", II, tt, t);
S_115_0: /* 2 */
		now.i = 0;
#ifdef VAR_RANGES
		logval("i", ((int)now.i));
#endif
		;
S_122_0: /* 2 */
S_121_0: /* 2 */
S_116_0: /* 2 */
		if (!((((int)now.i)<((int)now.count))))
			goto S_121_1;
S_117_0: /* 2 */
		spin_assert(((((int)now.rId[ Index(((int)now.i), 5) ])!=((int)now.id))||(((int)now.rState[ Index(((int)now.i), 5) ])==0)), "((rId[i]!=id)||(rState[i]==0))", II, tt, t);
S_118_0: /* 2 */
		now.i = (((int)now.i)+1);
#ifdef VAR_RANGES
		logval("i", ((int)now.i));
#endif
		;
		goto S_122_0; /* ';' */
S_121_1: /* 3 */
S_119_0: /* 2 */
		/* else */;
S_120_0: /* 2 */
		goto S_124_0;	/* 'goto' */
S_121_2: /* 3 */
		Uerror("blocking sel in d_step (nr.33, near line 190)");
S_123_0: /* 2 */
		goto S_124_0;	/* 'break' */
S_124_0: /* 2 */
		now.i = 0;
#ifdef VAR_RANGES
		logval("i", ((int)now.i));
#endif
		;
S_131_0: /* 2 */
S_130_0: /* 2 */
S_125_0: /* 2 */
		if (!((((int)now.i)<(2+1))))
			goto S_130_1;
S_126_0: /* 2 */
		spin_assert(((((int)now.sState[ Index(((int)now.i), 3) ])!=2)||(((int)now.sId[ Index(((int)now.i), 3) ])!=((int)now.id))), "((sState[i]!=2)||(sId[i]!=id))", II, tt, t);
S_127_0: /* 2 */
		now.i = (((int)now.i)+1);
#ifdef VAR_RANGES
		logval("i", ((int)now.i));
#endif
		;
		goto S_131_0; /* ';' */
S_130_1: /* 3 */
S_128_0: /* 2 */
		/* else */;
S_129_0: /* 2 */
		goto S_133_0;	/* 'goto' */
S_130_2: /* 3 */
		Uerror("blocking sel in d_step (nr.34, near line 195)");
S_132_0: /* 2 */
		goto S_133_0;	/* 'break' */
S_133_0: /* 2 */
		now.i = 0;
#ifdef VAR_RANGES
		logval("i", ((int)now.i));
#endif
		;
		goto S_147_0;
S_147_0: /* 2 */
S_135_0: /* 2 */
		now.rKind[ Index(now.count, 5) ] = ( ((((int)now.filter)==1)) ? (5) : (7) );
#ifdef VAR_RANGES
		logval("rKind[count]", ((int)now.rKind[ Index(((int)now.count), 5) ]));
#endif
		;
S_136_0: /* 2 */
		now.rId[ Index(now.count, 5) ] = ((int)now.id);
#ifdef VAR_RANGES
		logval("rId[count]", ((int)now.rId[ Index(((int)now.count), 5) ]));
#endif
		;
S_137_0: /* 2 */
		now.rState[ Index(now.count, 5) ] = 1;
#ifdef VAR_RANGES
		logval("rState[count]", ((int)now.rState[ Index(((int)now.count), 5) ]));
#endif
		;
S_138_0: /* 2 */
		now.rMsg[ Index(now.count, 5) ] = 0;
#ifdef VAR_RANGES
		logval("rMsg[count]", ((int)now.rMsg[ Index(((int)now.count), 5) ]));
#endif
		;
S_139_0: /* 2 */
		now.rDup[ Index(now.count, 5) ] = 0;
#ifdef VAR_RANGES
		logval("rDup[count]", ((int)now.rDup[ Index(((int)now.count), 5) ]));
#endif
		;
S_140_0: /* 2 */
		now.count = (((int)now.count)+1);
#ifdef VAR_RANGES
		logval("count", ((int)now.count));
#endif
		;
S_141_0: /* 2 */
		now.lastId = ((int)now.id);
#ifdef VAR_RANGES
		logval("lastId", ((int)now.lastId));
#endif
		;
S_145_0: /* 2 */
S_142_0: /* 2 */
		if (!((( ((((int)now.filter)==1)) ? (5) : (7) )==3)))
			goto S_145_1;
S_143_0: /* 2 */
		now.inFlight = (((int)now.inFlight)+1);
#ifdef VAR_RANGES
		logval("inFlight", ((int)now.inFlight));
#endif
		;
		goto S_146_0;
S_145_1: /* 3 */
S_144_0: /* 2 */
		/* else */;
		goto S_146_0;
S_145_2: /* 3 */
		Uerror("blocking sel in d_step (nr.35, near line 210)");
S_146_0: /* 2 */
		goto S_148_0;
S_148_0: /* 2 */
		now.filter = (((int)now.filter)+1);
#ifdef VAR_RANGES
		logval("filter", ((int)now.filter));
#endif
		;
S_149_0: /* 2 */
		now.pendingId = ((int)now.id);
#ifdef VAR_RANGES
		logval("pendingId", ((int)now.pendingId));
#endif
		;
S_150_0: /* 2 */
		now.id = 0;
#ifdef VAR_RANGES
		logval("id", ((int)now.id));
#endif
		;
		goto S_153_0;
S_152_1: /* 3 */
S_151_0: /* 2 */
		/* else */;
		goto S_153_0;
S_152_2: /* 3 */
		Uerror("blocking sel in d_step (nr.36, near line 243)");
S_153_0: /* 2 */
		goto S_157_0;
S_156_1: /* 3 */
S_155_0: /* 2 */
		/* else */;
		goto S_157_0;
S_156_2: /* 3 */
		Uerror("blocking sel in d_step (nr.37, near line 471)");
S_157_0: /* 2 */
S_223_0: /* 2 */
S_158_0: /* 2 */
		if (!((((((int)now.pendingId)==0)&&((((int)now.filter)==1)||(((int)now.filter)==4)))|| !(((((int)now.count)<5)&&((((int)now.count)==0)||(( ((((int)now.lastId)>=((int)now.rId[0]))) ? ((((int)now.lastId)-((int)now.rId[0]))) : (((((int)now.lastId)+5)-((int)now.rId[0]))) )<=(5-3))))))))
			goto S_223_1;
		goto S_224_0;
S_223_1: /* 3 */
S_159_0: /* 2 */
		/* else */;
S_160_0: /* 2 */
		now.j = 0;
#ifdef VAR_RANGES
		logval("j", ((int)now.j));
#endif
		;
S_166_0: /* 2 */
S_165_0: /* 2 */
S_161_0: /* 2 */
		if (!(((((int)now.j)<((int)now.held))&&(((int)now.sState[ Index(((((int)now.oldest)+((int)now.j))%(2+1)), 3) ])!=1))))
			goto S_165_1;
S_162_0: /* 2 */
		now.j = (((int)now.j)+1);
#ifdef VAR_RANGES
		logval("j", ((int)now.j));
#endif
		;
		goto S_166_0; /* ';' */
S_165_1: /* 3 */
S_163_0: /* 2 */
		/* else */;
S_164_0: /* 2 */
		goto S_220_0;	/* 'goto' */
S_165_2: /* 3 */
		Uerror("blocking sel in d_step (nr.38, near line 480)");
S_167_0: /* 2 */
		goto S_220_0;	/* 'break' */
S_220_0: /* 2 */
S_168_0: /* 2 */
		if (!((((int)now.j)<((int)now.held))))
			goto S_220_1;
S_169_0: /* 2 */
		now.m = ((((int)now.oldest)+((int)now.j))%(2+1));
#ifdef VAR_RANGES
		logval("m", ((int)now.m));
#endif
		;
S_196_0: /* 2 */
S_170_0: /* 2 */
		now.id = ( ((((int)now.lastId)==5)) ? (1) : ((((int)now.lastId)+1)) );
#ifdef VAR_RANGES
		logval("id", ((int)now.id));
#endif
		;
S_174_0: /* 2 */
S_171_0: /* 2 */
		if (!((((int)now.id)==((int)now.pendingId))))
			goto S_174_1;
S_172_0: /* 2 */
		now.id = ( ((((int)now.id)==5)) ? (1) : ((((int)now.id)+1)) );
#ifdef VAR_RANGES
		logval("id", ((int)now.id));
#endif
		;
		goto S_175_0;
S_174_1: /* 3 */
S_173_0: /* 2 */
		/* else */;
		goto S_175_0;
S_174_2: /* 3 */
		Uerror("blocking sel in d_step (nr.39, near line 183)");
S_175_0: /* 2 */
S_176_0: /* 2 */
		spin_assert((((int)now.id)!=((int)now.pendingId)), "(id!=pendingId)", II, tt, t);
S_177_0: /* 2 */
		now.i = 0;
#ifdef VAR_RANGES
		logval("i", ((int)now.i));
#endif
		;
S_184_0: /* 2 */
S_183_0: /* 2 */
S_178_0: /* 2 */
		if (!((((int)now.i)<((int)now.count))))
			goto S_183_1;
S_179_0: /* 2 */
		spin_assert(((((int)now.rId[ Index(((int)now.i), 5) ])!=((int)now.id))||(((int)now.rState[ Index(((int)now.i), 5) ])==0)), "((rId[i]!=id)||(rState[i]==0))", II, tt, t);
S_180_0: /* 2 */
		now.i = (((int)now.i)+1);
#ifdef VAR_RANGES
		logval("i", ((int)now.i));
#endif
		;
		goto S_184_0; /* ';' */
S_183_1: /* 3 */
S_181_0: /* 2 */
		/* else */;
S_182_0: /* 2 */
		goto S_186_0;	/* 'goto' */
S_183_2: /* 3 */
		Uerror("blocking sel in d_step (nr.40, near line 190)");
S_185_0: /* 2 */
		goto S_186_0;	/* 'break' */
S_186_0: /* 2 */
		now.i = 0;
#ifdef VAR_RANGES
		logval("i", ((int)now.i));
#endif
		;
S_193_0: /* 2 */
S_192_0: /* 2 */
S_187_0: /* 2 */
		if (!((((int)now.i)<(2+1))))
			goto S_192_1;
S_188_0: /* 2 */
		spin_assert(((((int)now.sState[ Index(((int)now.i), 3) ])!=2)||(((int)now.sId[ Index(((int)now.i), 3) ])!=((int)now.id))), "((sState[i]!=2)||(sId[i]!=id))", II, tt, t);
S_189_0: /* 2 */
		now.i = (((int)now.i)+1);
#ifdef VAR_RANGES
		logval("i", ((int)now.i));
#endif
		;
		goto S_193_0; /* ';' */
S_192_1: /* 3 */
S_190_0: /* 2 */
		/* else */;
S_191_0: /* 2 */
		goto S_195_0;	/* 'goto' */
S_192_2: /* 3 */
		Uerror("blocking sel in d_step (nr.41, near line 195)");
S_194_0: /* 2 */
		goto S_195_0;	/* 'break' */
S_195_0: /* 2 */
		now.i = 0;
#ifdef VAR_RANGES
		logval("i", ((int)now.i));
#endif
		;
		goto S_209_0;
S_209_0: /* 2 */
S_197_0: /* 2 */
		now.rKind[ Index(now.count, 5) ] = 3;
#ifdef VAR_RANGES
		logval("rKind[count]", ((int)now.rKind[ Index(((int)now.count), 5) ]));
#endif
		;
S_198_0: /* 2 */
		now.rId[ Index(now.count, 5) ] = ((int)now.id);
#ifdef VAR_RANGES
		logval("rId[count]", ((int)now.rId[ Index(((int)now.count), 5) ]));
#endif
		;
S_199_0: /* 2 */
		now.rState[ Index(now.count, 5) ] = 1;
#ifdef VAR_RANGES
		logval("rState[count]", ((int)now.rState[ Index(((int)now.count), 5) ]));
#endif
		;
S_200_0: /* 2 */
		now.rMsg[ Index(now.count, 5) ] = ((int)now.m);
#ifdef VAR_RANGES
		logval("rMsg[count]", ((int)now.rMsg[ Index(((int)now.count), 5) ]));
#endif
		;
S_201_0: /* 2 */
		now.rDup[ Index(now.count, 5) ] = 0;
#ifdef VAR_RANGES
		logval("rDup[count]", ((int)now.rDup[ Index(((int)now.count), 5) ]));
#endif
		;
S_202_0: /* 2 */
		now.count = (((int)now.count)+1);
#ifdef VAR_RANGES
		logval("count", ((int)now.count));
#endif
		;
S_203_0: /* 2 */
		now.lastId = ((int)now.id);
#ifdef VAR_RANGES
		logval("lastId", ((int)now.lastId));
#endif
		;
S_207_0: /* 2 */
S_204_0: /* 2 */
		if (!((3==3)))
			goto S_207_1;
S_205_0: /* 2 */
		now.inFlight = (((int)now.inFlight)+1);
#ifdef VAR_RANGES
		logval("inFlight", ((int)now.inFlight));
#endif
		;
		goto S_208_0;
S_207_1: /* 3 */
S_206_0: /* 2 */
		/* else */;
		goto S_208_0;
S_207_2: /* 3 */
		Uerror("blocking sel in d_step (nr.42, near line 210)");
S_208_0: /* 2 */
		goto S_210_0;
S_210_0: /* 2 */
		now.sState[ Index(now.m, 3) ] = 2;
#ifdef VAR_RANGES
		logval("sState[m]", ((int)now.sState[ Index(((int)now.m), 3) ]));
#endif
		;
S_211_0: /* 2 */
		now.sId[ Index(now.m, 3) ] = ((int)now.id);
#ifdef VAR_RANGES
		logval("sId[m]", ((int)now.sId[ Index(((int)now.m), 3) ]));
#endif
		;
S_215_0: /* 2 */
S_212_0: /* 2 */
		if (!((((int)now.noted[ Index(((int)now.m), 3) ])==0)))
			goto S_215_1;
S_213_0: /* 2 */
		now.noted[ Index(now.m, 3) ] = ((int)now.id);
#ifdef VAR_RANGES
		logval("noted[m]", ((int)now.noted[ Index(((int)now.m), 3) ]));
#endif
		;
		goto S_216_0;
S_215_1: /* 3 */
S_214_0: /* 2 */
		/* else */;
		goto S_216_0;
S_215_2: /* 3 */
		Uerror("blocking sel in d_step (nr.43, near line 491)");
S_216_0: /* 2 */
S_217_0: /* 2 */
		now.id = 0;
#ifdef VAR_RANGES
		logval("id", ((int)now.id));
#endif
		;
S_218_0: /* 2 */
		now.m = 0;
#ifdef VAR_RANGES
		logval("m", ((int)now.m));
#endif
		;
		goto S_221_0;
S_220_1: /* 3 */
S_219_0: /* 2 */
		/* else */;
		goto S_221_0;
S_220_2: /* 3 */
		Uerror("blocking sel in d_step (nr.44, near line 484)");
S_221_0: /* 2 */
S_222_0: /* 2 */
		now.j = 0;
#ifdef VAR_RANGES
		logval("j", ((int)now.j));
#endif
		;
		goto S_224_0;
S_223_2: /* 3 */
		Uerror("blocking sel in d_step (nr.45, near line 475)");
S_224_0: /* 2 */
		goto S_446_0; /* '.' */
		goto S_446_0; /* ';' */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 35: // STATE 333 - session.pml:502 - [D_STEP502]
		if (!(boq == -1 && (((((int)now.session)==2)&&((((((int)now.pendingId)==0)&&((((int)now.filter)==1)||(((int)now.filter)==4)))&&((((int)now.count)<5)&&((((int)now.count)==0)||(( ((((int)now.lastId)>=((int)now.rId[0]))) ? ((((int)now.lastId)-((int)now.rId[0]))) : (((((int)now.lastId)+5)-((int)now.rId[0]))) )<=(5-3)))))||(((int)now.cursor)<((int)now.count))))&&((!q_full(now.up))|| !(((int)now.alive))))))
			continue;

		reached[0][333] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_226_0: /* 2 */
		if (!((((((int)now.session)==2)&&((((((int)now.pendingId)==0)&&((((int)now.filter)==1)||(((int)now.filter)==4)))&&((((int)now.count)<5)&&((((int)now.count)==0)||(( ((((int)now.lastId)>=((int)now.rId[0]))) ? ((((int)now.lastId)-((int)now.rId[0]))) : (((((int)now.lastId)+5)-((int)now.rId[0]))) )<=(5-3)))))||(((int)now.cursor)<((int)now.count))))&&((!q_full(now.up))|| !(((int)now.alive))))))
			Uerror("block in d_step seq");
S_274_0: /* 2 */
S_272_0: /* 2 */
S_227_0: /* 2 */
		if (!((((((int)now.pendingId)==0)&&((((int)now.filter)==1)||(((int)now.filter)==4)))&&((((int)now.count)<5)&&((((int)now.count)==0)||(( ((((int)now.lastId)>=((int)now.rId[0]))) ? ((((int)now.lastId)-((int)now.rId[0]))) : (((((int)now.lastId)+5)-((int)now.rId[0]))) )<=(5-3)))))))
			goto S_272_1;
S_254_0: /* 2 */
S_228_0: /* 2 */
		now.id = ( ((((int)now.lastId)==5)) ? (1) : ((((int)now.lastId)+1)) );
#ifdef VAR_RANGES
		logval("id", ((int)now.id));
#endif
		;
S_232_0: /* 2 */
S_229_0: /* 2 */
		if (!((((int)now.id)==((int)now.pendingId))))
			goto S_232_1;
S_230_0: /* 2 */
		now.id = ( ((((int)now.id)==5)) ? (1) : ((((int)now.id)+1)) );
#ifdef VAR_RANGES
		logval("id", ((int)now.id));
#endif
		;
		goto S_233_0;
S_232_1: /* 3 */
S_231_0: /* 2 */
		/* else */;
		goto S_233_0;
S_232_2: /* 3 */
		Uerror("blocking sel in d_step (nr.46, near line 183)");
S_233_0: /* 2 */
S_234_0: /* 2 */
		spin_assert((((int)now.id)!=((int)now.pendingId)), "(id!=pendingId)", II, tt, t);
S_235_0: /* 2 */
		now.i = 0;
#ifdef VAR_RANGES
		logval("i", ((int)now.i));
#endif
		;
S_242_0: /* 2 */
S_241_0: /* 2 */
S_236_0: /* 2 */
		if (!((((int)now.i)<((int)now.count))))
			goto S_241_1;
S_237_0: /* 2 */
		spin_assert(((((int)now.rId[ Index(((int)now.i), 5) ])!=((int)now.id))||(((int)now.rState[ Index(((int)now.i), 5) ])==0)), "((rId[i]!=id)||(rState[i]==0))", II, tt, t);
S_238_0: /* 2 */
		now.i = (((int)now.i)+1);
#ifdef VAR_RANGES
		logval("i", ((int)now.i));
#endif
		;
		goto S_242_0; /* ';' */
S_241_1: /* 3 */
S_239_0: /* 2 */
		/* else */;
S_240_0: /* 2 */
		goto S_244_0;	/* 'goto' */
S_241_2: /* 3 */
		Uerror("blocking sel in d_step (nr.47, near line 190)");
S_243_0: /* 2 */
		goto S_244_0;	/* 'break' */
S_244_0: /* 2 */
		now.i = 0;
#ifdef VAR_RANGES
		logval("i", ((int)now.i));
#endif
		;
S_251_0: /* 2 */
S_250_0: /* 2 */
S_245_0: /* 2 */
		if (!((((int)now.i)<(2+1))))
			goto S_250_1;
S_246_0: /* 2 */
		spin_assert(((((int)now.sState[ Index(((int)now.i), 3) ])!=2)||(((int)now.sId[ Index(((int)now.i), 3) ])!=((int)now.id))), "((sState[i]!=2)||(sId[i]!=id))", II, tt, t);
S_247_0: /* 2 */
		now.i = (((int)now.i)+1);
#ifdef VAR_RANGES
		logval("i", ((int)now.i));
#endif
		;
		goto S_251_0; /* ';' */
S_250_1: /* 3 */
S_248_0: /* 2 */
		/* else */;
S_249_0: /* 2 */
		goto S_253_0;	/* 'goto' */
S_250_2: /* 3 */
		Uerror("blocking sel in d_step (nr.48, near line 195)");
S_252_0: /* 2 */
		goto S_253_0;	/* 'break' */
S_253_0: /* 2 */
		now.i = 0;
#ifdef VAR_RANGES
		logval("i", ((int)now.i));
#endif
		;
		goto S_267_0;
S_267_0: /* 2 */
S_255_0: /* 2 */
		now.rKind[ Index(now.count, 5) ] = ( ((((int)now.filter)==1)) ? (5) : (7) );
#ifdef VAR_RANGES
		logval("rKind[count]", ((int)now.rKind[ Index(((int)now.count), 5) ]));
#endif
		;
S_256_0: /* 2 */
		now.rId[ Index(now.count, 5) ] = ((int)now.id);
#ifdef VAR_RANGES
		logval("rId[count]", ((int)now.rId[ Index(((int)now.count), 5) ]));
#endif
		;
S_257_0: /* 2 */
		now.rState[ Index(now.count, 5) ] = 1;
#ifdef VAR_RANGES
		logval("rState[count]", ((int)now.rState[ Index(((int)now.count), 5) ]));
#endif
		;
S_258_0: /* 2 */
		now.rMsg[ Index(now.count, 5) ] = 0;
#ifdef VAR_RANGES
		logval("rMsg[count]", ((int)now.rMsg[ Index(((int)now.count), 5) ]));
#endif
		;
S_259_0: /* 2 */
		now.rDup[ Index(now.count, 5) ] = 0;
#ifdef VAR_RANGES
		logval("rDup[count]", ((int)now.rDup[ Index(((int)now.count), 5) ]));
#endif
		;
S_260_0: /* 2 */
		now.count = (((int)now.count)+1);
#ifdef VAR_RANGES
		logval("count", ((int)now.count));
#endif
		;
S_261_0: /* 2 */
		now.lastId = ((int)now.id);
#ifdef VAR_RANGES
		logval("lastId", ((int)now.lastId));
#endif
		;
S_265_0: /* 2 */
S_262_0: /* 2 */
		if (!((( ((((int)now.filter)==1)) ? (5) : (7) )==3)))
			goto S_265_1;
S_263_0: /* 2 */
		now.inFlight = (((int)now.inFlight)+1);
#ifdef VAR_RANGES
		logval("inFlight", ((int)now.inFlight));
#endif
		;
		goto S_266_0;
S_265_1: /* 3 */
S_264_0: /* 2 */
		/* else */;
		goto S_266_0;
S_265_2: /* 3 */
		Uerror("blocking sel in d_step (nr.49, near line 210)");
S_266_0: /* 2 */
		goto S_268_0;
S_268_0: /* 2 */
		now.filter = (((int)now.filter)+1);
#ifdef VAR_RANGES
		logval("filter", ((int)now.filter));
#endif
		;
S_269_0: /* 2 */
		now.pendingId = ((int)now.id);
#ifdef VAR_RANGES
		logval("pendingId", ((int)now.pendingId));
#endif
		;
S_270_0: /* 2 */
		now.id = 0;
#ifdef VAR_RANGES
		logval("id", ((int)now.id));
#endif
		;
		goto S_273_0;
S_272_1: /* 3 */
S_271_0: /* 2 */
		/* else */;
		goto S_273_0;
S_272_2: /* 3 */
		Uerror("blocking sel in d_step (nr.50, near line 243)");
S_273_0: /* 2 */
		goto S_280_0;
S_280_0: /* 2 */
S_279_0: /* 2 */
S_275_0: /* 2 */
		if (!(((((int)now.cursor)<((int)now.count))&&(((int)now.rState[ Index(((int)now.cursor), 5) ])!=1))))
			goto S_279_1;
S_276_0: /* 2 */
		now.cursor = (((int)now.cursor)+1);
#ifdef VAR_RANGES
		logval("cursor", ((int)now.cursor));
#endif
		;
		goto S_280_0; /* ';' */
S_279_1: /* 3 */
S_277_0: /* 2 */
		/* else */;
S_278_0: /* 2 */
		goto S_330_0;	/* 'goto' */
S_279_2: /* 3 */
		Uerror("blocking sel in d_step (nr.51, near line 504)");
S_281_0: /* 2 */
		goto S_330_0;	/* 'break' */
S_330_0: /* 2 */
S_282_0: /* 2 */
		if (!((((int)now.cursor)<((int)now.count))))
			goto S_330_1;
S_288_0: /* 2 */
S_286_0: /* 2 */
S_283_0: /* 2 */
		if (!(((int)now.alive)))
			goto S_286_1;
S_284_0: /* 2 */
		if (q_full(now.up))
			Uerror("block in d_step seq");
#ifdef HAS_CODE
		if (readtrail && gui) {
			char simtmp[64];
			sprintf(simvals, "%d!", now.up);
		sprintf(simtmp, "%d", ((int)now.rKind[ Index(((int)now.cursor), 5) ])); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)now.rId[ Index(((int)now.cursor), 5) ])); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)now.rMsg[ Index(((int)now.cursor), 5) ])); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)now.rDup[ Index(((int)now.cursor), 5) ])); strcat(simvals, simtmp);		}
#endif
		
		qsend(now.up, 0, ((int)now.rKind[ Index(((int)now.cursor), 5) ]), ((int)now.rId[ Index(((int)now.cursor), 5) ]), ((int)now.rMsg[ Index(((int)now.cursor), 5) ]), ((int)now.rDup[ Index(((int)now.cursor), 5) ]), 4);
		goto S_287_0;
S_286_1: /* 3 */
S_285_0: /* 2 */
		/* else */;
		goto S_287_0;
S_286_2: /* 3 */
		Uerror("blocking sel in d_step (nr.52, near line 340)");
S_287_0: /* 2 */
		goto S_293_0;
S_293_0: /* 2 */
S_289_0: /* 2 */
		if (!((((int)now.rKind[ Index(((int)now.cursor), 5) ])==3)))
			goto S_293_1;
S_290_0: /* 2 */
		now.rState[ Index(now.cursor, 5) ] = 2;
#ifdef VAR_RANGES
		logval("rState[cursor]", ((int)now.rState[ Index(((int)now.cursor), 5) ]));
#endif
		;
		goto S_294_0;
S_293_1: /* 3 */
S_291_0: /* 2 */
		/* else */;
S_292_0: /* 2 */
		now.rState[ Index(now.cursor, 5) ] = 0;
#ifdef VAR_RANGES
		logval("rState[cursor]", ((int)now.rState[ Index(((int)now.cursor), 5) ]));
#endif
		;
		goto S_294_0;
S_293_2: /* 3 */
		Uerror("blocking sel in d_step (nr.53, near line 511)");
S_294_0: /* 2 */
S_295_0: /* 2 */
		now.cursor = (((int)now.cursor)+1);
#ifdef VAR_RANGES
		logval("cursor", ((int)now.cursor));
#endif
		;
S_328_0: /* 2 */
S_325_0: /* 2 */
S_324_0: /* 2 */
S_296_0: /* 2 */
		if (!(((((int)now.count)>0)&&(((int)now.rState[0])==0))))
			goto S_324_1;
S_297_0: /* 2 */
		now.i = 1;
#ifdef VAR_RANGES
		logval("i", ((int)now.i));
#endif
		;
S_308_0: /* 2 */
S_307_0: /* 2 */
S_298_0: /* 2 */
		if (!((((int)now.i)<((int)now.count))))
			goto S_307_1;
S_299_0: /* 2 */
		now.rKind[ Index((now.i-1), 5) ] = ((int)now.rKind[ Index(((int)now.i), 5) ]);
#ifdef VAR_RANGES
		logval("rKind[(i-1)]", ((int)now.rKind[ Index((((int)now.i)-1), 5) ]));
#endif
		;
S_300_0: /* 2 */
		now.rId[ Index((now.i-1), 5) ] = ((int)now.rId[ Index(((int)now.i), 5) ]);
#ifdef VAR_RANGES
		logval("rId[(i-1)]", ((int)now.rId[ Index((((int)now.i)-1), 5) ]));
#endif
		;
S_301_0: /* 2 */
		now.rState[ Index((now.i-1), 5) ] = ((int)now.rState[ Index(((int)now.i), 5) ]);
#ifdef VAR_RANGES
		logval("rState[(i-1)]", ((int)now.rState[ Index((((int)now.i)-1), 5) ]));
#endif
		;
S_302_0: /* 2 */
		now.rMsg[ Index((now.i-1), 5) ] = ((int)now.rMsg[ Index(((int)now.i), 5) ]);
#ifdef VAR_RANGES
		logval("rMsg[(i-1)]", ((int)now.rMsg[ Index((((int)now.i)-1), 5) ]));
#endif
		;
S_303_0: /* 2 */
		now.rDup[ Index((now.i-1), 5) ] = ((int)now.rDup[ Index(((int)now.i), 5) ]);
#ifdef VAR_RANGES
		logval("rDup[(i-1)]", ((int)now.rDup[ Index((((int)now.i)-1), 5) ]));
#endif
		;
S_304_0: /* 2 */
		now.i = (((int)now.i)+1);
#ifdef VAR_RANGES
		logval("i", ((int)now.i));
#endif
		;
		goto S_308_0; /* ';' */
S_307_1: /* 3 */
S_305_0: /* 2 */
		/* else */;
S_306_0: /* 2 */
		goto S_310_0;	/* 'goto' */
S_307_2: /* 3 */
		Uerror("blocking sel in d_step (nr.54, near line 224)");
S_309_0: /* 2 */
		goto S_310_0;	/* 'break' */
S_310_0: /* 2 */
		now.count = (((int)now.count)-1);
#ifdef VAR_RANGES
		logval("count", ((int)now.count));
#endif
		;
S_316_0: /* 2 */
S_311_0: /* 2 */
		now.rKind[ Index(now.count, 5) ] = 0;
#ifdef VAR_RANGES
		logval("rKind[count]", ((int)now.rKind[ Index(((int)now.count), 5) ]));
#endif
		;
S_312_0: /* 2 */
		now.rId[ Index(now.count, 5) ] = 0;
#ifdef VAR_RANGES
		logval("rId[count]", ((int)now.rId[ Index(((int)now.count), 5) ]));
#endif
		;
S_313_0: /* 2 */
		now.rState[ Index(now.count, 5) ] = 0;
#ifdef VAR_RANGES
		logval("rState[count]", ((int)now.rState[ Index(((int)now.count), 5) ]));
#endif
		;
S_314_0: /* 2 */
		now.rMsg[ Index(now.count, 5) ] = 0;
#ifdef VAR_RANGES
		logval("rMsg[count]", ((int)now.rMsg[ Index(((int)now.count), 5) ]));
#endif
		;
S_315_0: /* 2 */
		now.rDup[ Index(now.count, 5) ] = 0;
#ifdef VAR_RANGES
		logval("rDup[count]", ((int)now.rDup[ Index(((int)now.count), 5) ]));
#endif
		;
		goto S_320_0;
S_320_0: /* 2 */
S_317_0: /* 2 */
		if (!((((int)now.cursor)>0)))
			goto S_320_1;
S_318_0: /* 2 */
		now.cursor = (((int)now.cursor)-1);
#ifdef VAR_RANGES
		logval("cursor", ((int)now.cursor));
#endif
		;
		goto S_321_0;
S_320_1: /* 3 */
S_319_0: /* 2 */
		/* else */;
		goto S_321_0;
S_320_2: /* 3 */
		Uerror("blocking sel in d_step (nr.55, near line 233)");
S_321_0: /* 2 */
		goto S_325_0; /* '.' */
		goto S_325_0; /* ';' */
S_324_1: /* 3 */
S_322_0: /* 2 */
		/* else */;
S_323_0: /* 2 */
		goto S_327_0;	/* 'goto' */
S_324_2: /* 3 */
		Uerror("blocking sel in d_step (nr.56, near line 221)");
S_326_0: /* 2 */
		goto S_327_0;	/* 'break' */
S_327_0: /* 2 */
		now.i = 0;
#ifdef VAR_RANGES
		logval("i", ((int)now.i));
#endif
		;
		goto S_331_0;
S_330_1: /* 3 */
S_329_0: /* 2 */
		/* else */;
		goto S_331_0;
S_330_2: /* 3 */
		Uerror("blocking sel in d_step (nr.57, near line 508)");
S_331_0: /* 2 */
		goto S_446_0; /* '.' */
		goto S_446_0; /* ';' */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 36: // STATE 406 - session.pml:532 - [D_STEP532]
		if (!(boq == -1 && (((((int)now.session)==2)&&(q_len(now.down)>0))&&(q_len(now.down) > 0 \
		&& qrecv(now.down, 0, 0, 0) == 4))))
			continue;

		reached[0][406] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_333_0: /* 2 */
		if (!((((((int)now.session)==2)&&(q_len(now.down)>0))&&(q_len(now.down) > 0 \
		&& qrecv(now.down, 0, 0, 0) == 4))))
			Uerror("block in d_step seq");
S_334_0: /* 2 */
		if (q_len(now.down) == 0) Uerror("block in d_step seq");

		XX=1;
		if (4 != qrecv(now.down, 0, 0, 0)) Uerror("block in d_step seq");
		now.id = qrecv(now.down, XX-1, 1, 0);
#ifdef VAR_RANGES
		logval("id", ((int)now.id));
#endif
		;
		qrecv(now.down, XX-1, 2, 1);
		
#ifdef HAS_CODE
		if (readtrail && gui) {
			char simtmp[32];
			sprintf(simvals, "%d?", now.down);
		sprintf(simtmp, "%d", 4); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)now.id)); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)_)); strcat(simvals, simtmp);		}
#endif
		;
S_335_0: /* 2 */
		now.k = ((int)now.id);
#ifdef VAR_RANGES
		logval("k", ((int)now.k));
#endif
		;
S_336_0: /* 2 */
		now.id = 0;
#ifdef VAR_RANGES
		logval("id", ((int)now.id));
#endif
		;
S_403_0: /* 2 */
S_337_0: /* 2 */
		now.j = 0;
#ifdef VAR_RANGES
		logval("j", ((int)now.j));
#endif
		;
S_343_0: /* 2 */
S_342_0: /* 2 */
S_338_0: /* 2 */
		if (!(((((int)now.j)<((int)now.count))&& !(((((int)now.rId[ Index(((int)now.j), 5) ])==((int)now.k))&&(((int)now.rState[ Index(((int)now.j), 5) ])==2))))))
			goto S_342_1;
S_339_0: /* 2 */
		now.j = (((int)now.j)+1);
#ifdef VAR_RANGES
		logval("j", ((int)now.j));
#endif
		;
		goto S_343_0; /* ';' */
S_342_1: /* 3 */
S_340_0: /* 2 */
		/* else */;
S_341_0: /* 2 */
		goto S_400_0;	/* 'goto' */
S_342_2: /* 3 */
		Uerror("blocking sel in d_step (nr.58, near line 348)");
S_344_0: /* 2 */
		goto S_400_0;	/* 'break' */
S_400_0: /* 2 */
S_345_0: /* 2 */
		if (!((((int)now.j)<((int)now.count))))
			goto S_400_1;
S_346_0: /* 2 */
		now.rState[ Index(now.j, 5) ] = 0;
#ifdef VAR_RANGES
		logval("rState[j]", ((int)now.rState[ Index(((int)now.j), 5) ]));
#endif
		;
S_347_0: /* 2 */
		now.inFlight = (((int)now.inFlight)-1);
#ifdef VAR_RANGES
		logval("inFlight", ((int)now.inFlight));
#endif
		;
S_348_0: /* 2 */
		now.m = ((int)now.rMsg[ Index(((int)now.j), 5) ]);
#ifdef VAR_RANGES
		logval("m", ((int)now.m));
#endif
		;
S_381_0: /* 2 */
S_378_0: /* 2 */
S_377_0: /* 2 */
S_349_0: /* 2 */
		if (!(((((int)now.count)>0)&&(((int)now.rState[0])==0))))
			goto S_377_1;
S_350_0: /* 2 */
		now.i = 1;
#ifdef VAR_RANGES
		logval("i", ((int)now.i));
#endif
		;
S_361_0: /* 2 */
S_360_0: /* 2 */
S_351_0: /* 2 */
		if (!((((int)now.i)<((int)now.count))))
			goto S_360_1;
S_352_0: /* 2 */
		now.rKind[ Index((now.i-1), 5) ] = ((int)now.rKind[ Index(((int)now.i), 5) ]);
#ifdef VAR_RANGES
		logval("rKind[(i-1)]", ((int)now.rKind[ Index((((int)now.i)-1), 5) ]));
#endif
		;
S_353_0: /* 2 */
		now.rId[ Index((now.i-1), 5) ] = ((int)now.rId[ Index(((int)now.i), 5) ]);
#ifdef VAR_RANGES
		logval("rId[(i-1)]", ((int)now.rId[ Index((((int)now.i)-1), 5) ]));
#endif
		;
S_354_0: /* 2 */
		now.rState[ Index((now.i-1), 5) ] = ((int)now.rState[ Index(((int)now.i), 5) ]);
#ifdef VAR_RANGES
		logval("rState[(i-1)]", ((int)now.rState[ Index((((int)now.i)-1), 5) ]));
#endif
		;
S_355_0: /* 2 */
		now.rMsg[ Index((now.i-1), 5) ] = ((int)now.rMsg[ Index(((int)now.i), 5) ]);
#ifdef VAR_RANGES
		logval("rMsg[(i-1)]", ((int)now.rMsg[ Index((((int)now.i)-1), 5) ]));
#endif
		;
S_356_0: /* 2 */
		now.rDup[ Index((now.i-1), 5) ] = ((int)now.rDup[ Index(((int)now.i), 5) ]);
#ifdef VAR_RANGES
		logval("rDup[(i-1)]", ((int)now.rDup[ Index((((int)now.i)-1), 5) ]));
#endif
		;
S_357_0: /* 2 */
		now.i = (((int)now.i)+1);
#ifdef VAR_RANGES
		logval("i", ((int)now.i));
#endif
		;
		goto S_361_0; /* ';' */
S_360_1: /* 3 */
S_358_0: /* 2 */
		/* else */;
S_359_0: /* 2 */
		goto S_363_0;	/* 'goto' */
S_360_2: /* 3 */
		Uerror("blocking sel in d_step (nr.59, near line 224)");
S_362_0: /* 2 */
		goto S_363_0;	/* 'break' */
S_363_0: /* 2 */
		now.count = (((int)now.count)-1);
#ifdef VAR_RANGES
		logval("count", ((int)now.count));
#endif
		;
S_369_0: /* 2 */
S_364_0: /* 2 */
		now.rKind[ Index(now.count, 5) ] = 0;
#ifdef VAR_RANGES
		logval("rKind[count]", ((int)now.rKind[ Index(((int)now.count), 5) ]));
#endif
		;
S_365_0: /* 2 */
		now.rId[ Index(now.count, 5) ] = 0;
#ifdef VAR_RANGES
		logval("rId[count]", ((int)now.rId[ Index(((int)now.count), 5) ]));
#endif
		;
S_366_0: /* 2 */
		now.rState[ Index(now.count, 5) ] = 0;
#ifdef VAR_RANGES
		logval("rState[count]", ((int)now.rState[ Index(((int)now.count), 5) ]));
#endif
		;
S_367_0: /* 2 */
		now.rMsg[ Index(now.count, 5) ] = 0;
#ifdef VAR_RANGES
		logval("rMsg[count]", ((int)now.rMsg[ Index(((int)now.count), 5) ]));
#endif
		;
S_368_0: /* 2 */
		now.rDup[ Index(now.count, 5) ] = 0;
#ifdef VAR_RANGES
		logval("rDup[count]", ((int)now.rDup[ Index(((int)now.count), 5) ]));
#endif
		;
		goto S_373_0;
S_373_0: /* 2 */
S_370_0: /* 2 */
		if (!((((int)now.cursor)>0)))
			goto S_373_1;
S_371_0: /* 2 */
		now.cursor = (((int)now.cursor)-1);
#ifdef VAR_RANGES
		logval("cursor", ((int)now.cursor));
#endif
		;
		goto S_374_0;
S_373_1: /* 3 */
S_372_0: /* 2 */
		/* else */;
		goto S_374_0;
S_373_2: /* 3 */
		Uerror("blocking sel in d_step (nr.60, near line 233)");
S_374_0: /* 2 */
		goto S_378_0; /* '.' */
		goto S_378_0; /* ';' */
S_377_1: /* 3 */
S_375_0: /* 2 */
		/* else */;
S_376_0: /* 2 */
		goto S_380_0;	/* 'goto' */
S_377_2: /* 3 */
		Uerror("blocking sel in d_step (nr.61, near line 221)");
S_379_0: /* 2 */
		goto S_380_0;	/* 'break' */
S_380_0: /* 2 */
		now.i = 0;
#ifdef VAR_RANGES
		logval("i", ((int)now.i));
#endif
		;
		goto S_397_0;
S_397_0: /* 2 */
S_382_0: /* 2 */
		spin_assert(((int)now.got[ Index(((int)now.m), 3) ]), "got[m]", II, tt, t);
S_383_0: /* 2 */
		now.sState[ Index(now.m, 3) ] = 0;
#ifdef VAR_RANGES
		logval("sState[m]", ((int)now.sState[ Index(((int)now.m), 3) ]));
#endif
		;
S_384_0: /* 2 */
		now.sId[ Index(now.m, 3) ] = 0;
#ifdef VAR_RANGES
		logval("sId[m]", ((int)now.sId[ Index(((int)now.m), 3) ]));
#endif
		;
S_385_0: /* 2 */
		now.noted[ Index(now.m, 3) ] = 0;
#ifdef VAR_RANGES
		logval("noted[m]", ((int)now.noted[ Index(((int)now.m), 3) ]));
#endif
		;
S_386_0: /* 2 */
		now.got[ Index(now.m, 3) ] = 0;
#ifdef VAR_RANGES
		logval("got[m]", ((int)now.got[ Index(((int)now.m), 3) ]));
#endif
		;
S_387_0: /* 2 */
		now.seen[ Index(now.m, 3) ] = 0;
#ifdef VAR_RANGES
		logval("seen[m]", ((int)now.seen[ Index(((int)now.m), 3) ]));
#endif
		;
S_388_0: /* 2 */
		now.gotId[ Index(now.m, 3) ] = 0;
#ifdef VAR_RANGES
		logval("gotId[m]", ((int)now.gotId[ Index(((int)now.m), 3) ]));
#endif
		;
S_395_0: /* 2 */
S_394_0: /* 2 */
S_389_0: /* 2 */
		if (!(((((int)now.held)>0)&&(((int)now.sState[ Index(((int)now.oldest), 3) ])==0))))
			goto S_394_1;
S_390_0: /* 2 */
		now.oldest = ((((int)now.oldest)+1)%(2+1));
#ifdef VAR_RANGES
		logval("oldest", ((int)now.oldest));
#endif
		;
S_391_0: /* 2 */
		now.held = (((int)now.held)-1);
#ifdef VAR_RANGES
		logval("held", ((int)now.held));
#endif
		;
		goto S_395_0; /* ';' */
S_394_1: /* 3 */
S_392_0: /* 2 */
		/* else */;
S_393_0: /* 2 */
		goto S_398_0;	/* 'goto' */
S_394_2: /* 3 */
		Uerror("blocking sel in d_step (nr.62, near line 332)");
S_396_0: /* 2 */
		goto S_398_0;	/* 'break' */
		goto S_398_0;
S_398_0: /* 2 */
		now.m = 0;
#ifdef VAR_RANGES
		logval("m", ((int)now.m));
#endif
		;
		goto S_401_0;
S_400_1: /* 3 */
S_399_0: /* 2 */
		/* else */;
		goto S_401_0;
S_400_2: /* 3 */
		Uerror("blocking sel in d_step (nr.63, near line 352)");
S_401_0: /* 2 */
S_402_0: /* 2 */
		now.j = 0;
#ifdef VAR_RANGES
		logval("j", ((int)now.j));
#endif
		;
		goto S_404_0;
S_404_0: /* 2 */
		now.k = 0;
#ifdef VAR_RANGES
		logval("k", ((int)now.k));
#endif
		;
		goto S_406_0;
S_406_0: /* 1 */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 37: // STATE 438 - session.pml:542 - [D_STEP542]
		if (!(boq == -1 && (((((int)now.session)==2)&&(q_len(now.down)>0))&&((q_len(now.down) > 0 \
		&& qrecv(now.down, 0, 0, 0) == 6)||(q_len(now.down) > 0 \
		&& qrecv(now.down, 0, 0, 0) == 8)))))
			continue;

		reached[0][438] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_407_0: /* 2 */
		if (!((((((int)now.session)==2)&&(q_len(now.down)>0))&&((q_len(now.down) > 0 \
		&& qrecv(now.down, 0, 0, 0) == 6)||(q_len(now.down) > 0 \
		&& qrecv(now.down, 0, 0, 0) == 8)))))
			Uerror("block in d_step seq");
S_408_0: /* 2 */
		if (q_len(now.down) == 0) Uerror("block in d_step seq");

		XX=1;
		now.k = qrecv(now.down, XX-1, 0, 0);
#ifdef VAR_RANGES
		logval("k", ((int)now.k));
#endif
		;
		now.id = qrecv(now.down, XX-1, 1, 0);
#ifdef VAR_RANGES
		logval("id", ((int)now.id));
#endif
		;
		qrecv(now.down, XX-1, 2, 1);
		
#ifdef HAS_CODE
		if (readtrail && gui) {
			char simtmp[32];
			sprintf(simvals, "%d?", now.down);
		sprintf(simtmp, "%d", ((int)now.k)); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)now.id)); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)_)); strcat(simvals, simtmp);		}
#endif
		;
S_433_0: /* 2 */
S_409_0: /* 2 */
		if (!(((((int)now.id)==((int)now.pendingId))&&((((int)now.k)==6)==(((int)now.filter)==2)))))
			goto S_433_1;
S_410_0: /* 2 */
		now.i = 0;
#ifdef VAR_RANGES
		logval("i", ((int)now.i));
#endif
		;
S_416_0: /* 2 */
S_415_0: /* 2 */
S_411_0: /* 2 */
		if (!(((((int)now.i)<((int)now.count))&& !(((((int)now.rId[ Index(((int)now.i), 5) ])==((int)now.id))&&(((int)now.rState[ Index(((int)now.i), 5) ])!=0))))))
			goto S_415_1;
S_412_0: /* 2 */
		now.i = (((int)now.i)+1);
#ifdef VAR_RANGES
		logval("i", ((int)now.i));
#endif
		;
		goto S_416_0; /* ';' */
S_415_1: /* 3 */
S_413_0: /* 2 */
		/* else */;
S_414_0: /* 2 */
		goto S_429_0;	/* 'goto' */
S_415_2: /* 3 */
		Uerror("blocking sel in d_step (nr.64, near line 547)");
S_417_0: /* 2 */
		goto S_429_0;	/* 'break' */
S_429_0: /* 2 */
S_418_0: /* 2 */
		if (!((((int)now.i)==((int)now.count))))
			goto S_429_1;
S_427_0: /* 2 */
S_419_0: /* 2 */
		now.pendingId = 0;
#ifdef VAR_RANGES
		logval("pendingId", ((int)now.pendingId));
#endif
		;
S_425_0: /* 2 */
S_420_0: /* 2 */
		if (!(((int)now.nextFilter)))
			goto S_425_1;
S_421_0: /* 2 */
		now.filter = ((int)now.nextFilter);
#ifdef VAR_RANGES
		logval("filter", ((int)now.filter));
#endif
		;
S_422_0: /* 2 */
		now.nextFilter = 0;
#ifdef VAR_RANGES
		logval("nextFilter", ((int)now.nextFilter));
#endif
		;
		goto S_426_0;
S_425_1: /* 3 */
S_423_0: /* 2 */
		/* else */;
S_424_0: /* 2 */
		now.filter = ( ((((int)now.filter)==5)) ? (0) : (3) );
#ifdef VAR_RANGES
		logval("filter", ((int)now.filter));
#endif
		;
		goto S_426_0;
S_425_2: /* 3 */
		Uerror("blocking sel in d_step (nr.65, near line 322)");
S_426_0: /* 2 */
		goto S_430_0;
S_429_1: /* 3 */
S_428_0: /* 2 */
		/* else */;
		goto S_430_0;
S_429_2: /* 3 */
		Uerror("blocking sel in d_step (nr.66, near line 551)");
S_430_0: /* 2 */
S_431_0: /* 2 */
		now.i = 0;
#ifdef VAR_RANGES
		logval("i", ((int)now.i));
#endif
		;
		goto S_434_0;
S_433_1: /* 3 */
S_432_0: /* 2 */
		/* else */;
		goto S_434_0;
S_433_2: /* 3 */
		Uerror("blocking sel in d_step (nr.67, near line 544)");
S_434_0: /* 2 */
S_435_0: /* 2 */
		now.k = 0;
#ifdef VAR_RANGES
		logval("k", ((int)now.k));
#endif
		;
S_436_0: /* 2 */
		now.id = 0;
#ifdef VAR_RANGES
		logval("id", ((int)now.id));
#endif
		;
		goto S_438_0;
S_438_0: /* 1 */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 38: // STATE 442 - session.pml:563 - [D_STEP563]
		if (!(boq == -1 && ((((int)now.session)!=0)&& !(((int)now.alive)))))
			continue;

		reached[0][442] = 1;
		reached[0][t->st] = 1;
		reached[0][tt] = 1;

		if (TstOnly) return 1;

		sv_save();
		S_439_0: /* 2 */
		if (!(((((int)now.session)!=0)&& !(((int)now.alive)))))
			Uerror("block in d_step seq");
S_440_0: /* 2 */
		now.session = 0;
#ifdef VAR_RANGES
		logval("session", ((int)now.session));
#endif
		;
		goto S_446_0; /* ';' */

#if defined(C_States) && (HAS_TRACK==1)
		c_update((uchar *) &(now.c_state[0]));
#endif
		_m = 3; goto P999;

	case 39: // STATE 443 - session.pml:565 - [((calm&&((((((((held==0)&&(session==2))&&alive)&&bConnected)&&(bFilter==wish))&&(filter==( (wish) -> (3) : (0) )))&&empty(up))&&empty(down))))] (449:0:0 - 1)
		IfNotBlocked
		reached[0][443] = 1;
		if (!((((int)now.calm)&&((((((((((int)now.held)==0)&&(((int)now.session)==2))&&((int)now.alive))&&((int)now.bConnected))&&(((int)now.bFilter)==((int)now.wish)))&&(((int)now.filter)==( (((int)now.wish)) ? (3) : (0) )))&&(q_len(now.up)==0))&&(q_len(now.down)==0)))))
			continue;
		/* merge: goto :b0(0, 444, 449) */
		reached[0][444] = 1;
		;
		_m = 3; goto P999; /* 1 */
	case 40: // STATE 449 - session.pml:567 - [-end-] (0:0:0 - 2)
		IfNotBlocked
		reached[0][449] = 1;
		if (!delproc(1, II)) continue;
		_m = 3; goto P999; /* 0 */
	case  _T5:	/* np_ */
		if (!((!(trpt->o_pm&4) && !(trpt->tau&128))))
			continue;
		/* else fall through */
	case  _T2:	/* true */
		_m = 3; goto P999;
#undef rand
	}

