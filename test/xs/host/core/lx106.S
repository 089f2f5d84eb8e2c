/* At the reset vector, where QEMU begins; then the vectors of exceptions, which end the run: no code here makes any. */
	.section .start, "ax"
	.global	_start
_start:
	j	begin
	.align	4
stack:	.word	__stack
entry:	.word	run
base:	.word	vectors
begin:
	l32r	a1, stack
	l32r	a0, base
	wsr	a0, vecbase
	l32r	a0, entry
	jx	a0

	.macro	stop offset
	.org	vectors + \offset
	movi	a2, 1
	movi	a3, 9
	simcall
	.endm

	.balign	4096
vectors:
	stop	0x30
	stop	0x50
	stop	0x70
