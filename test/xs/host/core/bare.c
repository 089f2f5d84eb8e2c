/* What XS and its host expect of a platform, on a core without an operating system. */
#include "xsAll.h"

void fxQueuePromiseJobs(txMachine* the)
{
	the->promiseJobs = 1;
}

void fxRunLoop(txMachine* the)
{
	while (the->promiseJobs) {
		the->promiseJobs = 0;
		fxRunPromiseJobs(the);
	}
}

/* Resolves `.` and `..` of an absolute path by its text alone. */
char* realpath(const char* path, char* real)
{
	char* to = real;
	while (*path) {
		size_t length = strcspn(++path, "/");
		if (length == 2 && path[0] == '.' && path[1] == '.') {
			while (to > real && *--to != '/');
		}
		else if (length > 1 || (length == 1 && path[0] != '.')) {
			*to++ = '/';
			memcpy(to, path, length);
			to += length;
		}
		path += length;
	}
	*to = 0;
	return real;
}

/* A clock that follows the instructions, so that each run is the same. */
int gettimeofday(struct timeval* time, void* zone)
{
	uint64_t microseconds = executed() / 100;
	time->tv_sec = 1700000000 + microseconds / 1000000;
	time->tv_usec = microseconds % 1000000;
	return 0;
}

