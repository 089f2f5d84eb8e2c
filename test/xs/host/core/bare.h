/*
 * The platform of XS on a core without an operating system, as QEMU emulates it: picolibc, and the terminal and the
 * files of the desktop. What decides the code of the engine is as in xs/platforms/esp/xsPlatform.h of the Moddable SDK.
 */
#ifndef __BARE__
#define __BARE__

#include <ctype.h>
#include <errno.h>
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Neither core reads or writes a word at an address that is not a multiple of its length. */
#define mxUnalignedAccess 0
#define mxMisalignedSettersCrash 1

#define C_PATH_MAX 256
#define mxMachinePlatform \
	int promiseJobs; \
	void* waiterCondition; \
	void* waiterData; \
	void* waiterLink;

#define mxUseDefaultMachinePlatform 1
#define mxUseDefaultBuildKeys 1
#define mxUseDefaultChunkAllocation 1
#define mxUseDefaultSlotAllocation 1
#define mxUseDefaultFindModule 1
#define mxUseDefaultLoadModule 1
#define mxUseDefaultParseScript 1
#define mxUseDefaultSharedChunks 1
#define mxUseDefaultAbort 1

#ifdef __XTENSA__
/* In flash, the ESP8266 reads nothing but whole words: the SDK reads by functions there. */
#define c_read8 read8
#define c_read16 read16
#define c_read32 read32
uint8_t read8(const void* address);
uint16_t read16(const void* address);
uint32_t read32(const void* address);
#endif

#define c_realpath realpath
char* realpath(const char* path, char* real);

/* Instructions that the core has executed. */
uint64_t executed(void);

/* Where commands come from. */
FILE* openCommands(void);

#endif
