/*
 * The core of the ESP8266, machine `sim` of QEMU. Debian's picolibc has neither files nor a start for it, and its
 * libgcc lacks what the ESP8266 has in ROM: the Makefile takes that from GCC's own sources, but for what is below.
 */
#include "xsAll.h"
#include <sys/types.h>

/* Calls of the simulator (target/xtensa/xtensa-semi.c of QEMU). */
enum { EXIT = 1, READ = 3, WRITE = 4, OPEN = 5, CLOSE = 6, SEEK = 19, ARGUMENT_COUNT = 1000, ARGUMENTS = 1002 };

static int simcall(int number, int first, int second, int third)
{
	register int a2 __asm__("a2") = number;
	register int a3 __asm__("a3") = first;
	register int a4 __asm__("a4") = second;
	register int a5 __asm__("a5") = third;
	__asm__ volatile("simcall" : "+r"(a2), "+r"(a3) : "r"(a4), "r"(a5) : "memory");
	return a2;
}

ssize_t read(int file, void* bytes, size_t length)
{
	return simcall(READ, file, (int)bytes, length);
}

ssize_t write(int file, const void* bytes, size_t length)
{
	return simcall(WRITE, file, (int)bytes, length);
}

int open(const char* path, int flags, ...)
{
	return simcall(OPEN, (int)path, flags, 0);
}

int close(int file)
{
	return simcall(CLOSE, file, 0, 0);
}

off_t lseek(int file, off_t offset, int whence)
{
	return simcall(SEEK, file, offset, whence);
}

void _exit(int code)
{
	for (;;)
		simcall(EXIT, code, 0, 0);
}

static int put(char byte, FILE* file)
{
	return write(1, &byte, 1) == 1 ? 0 : EOF;
}

static int get(FILE* file)
{
	unsigned char byte;
	return read(0, &byte, 1) == 1 ? byte : EOF;
}

static FILE terminal = FDEV_SETUP_STREAM(put, get, NULL, _FDEV_SETUP_RW);
FILE* const stdin = &terminal;
FILE* const stdout = &terminal;
FILE* const stderr = &terminal;

FILE* openCommands(void)
{
	return stdin;
}

/* CCOUNT goes at 40 MHz; QEMU's -icount shift=6 lets each instruction take 64 ns. Wraps after 1.6e9 instructions. */
uint64_t executed(void)
{
	static uint64_t ticks = 0;
	static uint32_t before = 0;
	uint32_t now;
	__asm__ volatile("rsr %0, ccount" : "=r"(now));
	ticks += now - before;
	before = now;
	return (ticks * 25 + 32) / 64;
}

int main(int argc, char* argv[]);
void run(void)
{
	static char* words[256];
	int count = simcall(ARGUMENT_COUNT, 0, 0, 0);
	simcall(ARGUMENTS, (int)words, 0, 0);
	exit(main(count, words));
}

uint32_t read32(const void* address)
{
	const uint32_t* words = (const uint32_t*)((uint32_t)address & ~3);
	uint32_t shift = ((uint32_t)address & 3) * 8;
	return shift ? (words[0] >> shift) | (words[1] << (32 - shift)) : words[0];
}

uint16_t read16(const void* address)
{
	uint32_t shift = ((uint32_t)address & 3) * 8;
	return shift == 24 ? read32(address) : *(const uint32_t*)((uint32_t)address & ~3) >> shift;
}

uint8_t read8(const void* address)
{
	return *(const uint32_t*)((uint32_t)address & ~3) >> (((uint32_t)address & 3) * 8);
}

/* In 64 bits, as libgcc2.c of GCC has it. */
uint64_t __udivmoddi4(uint64_t dividend, uint64_t divisor, uint64_t* rest);
int64_t __divmoddi4(int64_t dividend, int64_t divisor, int64_t* rest);
uint64_t __umulsidi3(uint32_t a, uint32_t b);

uint64_t __udivdi3(uint64_t dividend, uint64_t divisor)
{
	return __udivmoddi4(dividend, divisor, NULL);
}

uint64_t __umoddi3(uint64_t dividend, uint64_t divisor)
{
	uint64_t rest;
	__udivmoddi4(dividend, divisor, &rest);
	return rest;
}

int64_t __divdi3(int64_t dividend, int64_t divisor)
{
	return __divmoddi4(dividend, divisor, NULL);
}

uint64_t __muldi3(uint64_t a, uint64_t b)
{
	uint32_t highA = a >> 32, lowA = a, highB = b >> 32, lowB = b;
	return __umulsidi3(lowA, lowB) + ((uint64_t)(highA * lowB + lowA * highB) << 32);
}
