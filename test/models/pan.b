	switch (t->back) {
	default: Uerror("bad return move");
	case  0: goto R999; /* nothing to undo */

		 /* PROC :init: */

	case 3: // STATE 2
		;
		now.nextFilter = trpt->bup.oval;
		;
		goto R999;
;
		
	case 4: // STATE 6
		goto R999;

	case 5: // STATE 4
		;
		now.filter = trpt->bup.oval;
		;
		goto R999;

	case 6: // STATE 9
		;
		p_restor(II);
		;
		;
		goto R999;

		 /* PROC World */
	case 7: // STATE 4
		sv_restor();
		goto R999;
	case 8: // STATE 15
		sv_restor();
		goto R999;
	case 9: // STATE 19
		sv_restor();
		goto R999;
	case 10: // STATE 40
		sv_restor();
		goto R999;
;
		;
			case 12: // STATE 59
		sv_restor();
		goto R999;
;
		
	case 13: // STATE 60
		goto R999;
;
		
	case 14: // STATE 65
		goto R999;

	case 15: // STATE 63
		;
		now.bFilter = trpt->bup.ovals[1];
		now.bSession = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;
	case 16: // STATE 138
		sv_restor();
		goto R999;
	case 17: // STATE 142
		sv_restor();
		goto R999;

	case 18: // STATE 147
		;
		p_restor(II);
		;
		;
		goto R999;

		 /* PROC Broker */
	case 19: // STATE 32
		sv_restor();
		goto R999;
	case 20: // STATE 68
		sv_restor();
		goto R999;
	case 21: // STATE 80
		sv_restor();
		goto R999;
;
		;
			case 23: // STATE 97
		sv_restor();
		goto R999;
;
		
	case 24: // STATE 98
		goto R999;
;
		
	case 25: // STATE 103
		goto R999;

	case 26: // STATE 101
		;
		now.bFilter = trpt->bup.ovals[1];
		now.bSession = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;

	case 27: // STATE 108
		;
		p_restor(II);
		;
		;
		goto R999;

		 /* PROC Device */
;
		;
		
	case 29: // STATE 2
		;
		now.flag = trpt->bup.oval;
		;
		goto R999;
;
		
	case 30: // STATE 6
		goto R999;

	case 31: // STATE 4
		;
		now.flag = trpt->bup.oval;
		;
		goto R999;
	case 32: // STATE 88
		sv_restor();
		goto R999;
	case 33: // STATE 105
		sv_restor();
		goto R999;
	case 34: // STATE 226
		sv_restor();
		goto R999;
	case 35: // STATE 333
		sv_restor();
		goto R999;
	case 36: // STATE 406
		sv_restor();
		goto R999;
	case 37: // STATE 438
		sv_restor();
		goto R999;
	case 38: // STATE 442
		sv_restor();
		goto R999;
;
		
	case 39: // STATE 443
		goto R999;

	case 40: // STATE 449
		;
		p_restor(II);
		;
		;
		goto R999;
	}

