#include "xsmc.h"
#include "xsHost.h"

/* As xs_flash_read of the SDK (modules/files/flash/esp/flash.c), but into a buffer of the caller. */
void xs_tagwire_storage_read(xsMachine *the)
{
	extern uint8_t _SPIFFS_start;
	uint32_t start = (uintptr_t)&_SPIFFS_start - (uintptr_t)kFlashStart;
	int offset = xsmcToInteger(xsArg(1));
	void *buffer;
	xsUnsignedValue length;

	xsmcGetBufferWritable(xsArg(0), &buffer, &length);
	if (!modSPIRead(start + offset, length, buffer))
		xsUnknownError("read failed");
}
