#include "xsmc.h"
#include "xsHost.h"
#include "user_interface.h"

void xs_tagwire_restart_reason(xsMachine *the)
{
	xsmcSetInteger(xsResult, system_get_rst_info()->reason);
}
