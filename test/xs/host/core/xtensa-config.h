/* The lx106 of an ESP8266, for GCC's lib1funcs.S: as target/xtensa/core-lx106 of QEMU says. */
#define XCHAL_HAVE_BE 0
#define XCHAL_HAVE_ABS 1
#define XCHAL_HAVE_ADDX 1
#define XCHAL_HAVE_MAC16 0
#define XCHAL_HAVE_MUL16 1
#define XCHAL_HAVE_MUL32 1
#define XCHAL_HAVE_MUL32_HIGH 0
#define XCHAL_HAVE_DIV32 0
#define XCHAL_HAVE_NSA 1
#define XCHAL_HAVE_LOOPS 0
#define XCHAL_HAVE_WINDOWED 0
#define XCHAL_NO_MUL 0
