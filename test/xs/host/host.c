/*
 * Runs ES modules on XS in a heap of a chosen size, and tells exactly what they take.
 *
 *   host <chunk bytes> <chunk increment> <slots> <slot increment> <stack slots> <block bytes>
 *
 * An increment of 0 makes that heap fixed. A block above 0 holds slots, chunks and stack together, as on an ESP8266
 * (xs/platforms/mc/xsHosts.c of the Moddable SDK): chunks grow upwards, slots downwards, until they meet.
 *
 * Commands, one a line, each answered with one line, `ok ...` or `error ...`:
 *   sdk                     adds what programs of the Moddable SDK expect of the engine: see addSdkFunctions
 *   load <path>             runs a module and what it imports; its exports can be called
 *   call <name> <number>    calls an export; answers its result
 *   give <name> <hex>       calls an export with an ArrayBuffer of these bytes; answers its result
 *   collect                 collects all garbage, and begins the peaks anew
 *   meter                   slots and chunk bytes in use, their peaks; collections since the start, and instructions:
 *                           the interpreter's on the desktop, those of the core itself in calls on a core
 *   stack <slots>           leaves so many slots of stack from here on
 *   fix <bytes> <slots>     leaves so many chunk bytes and slots free from here on, and lets neither heap grow
 *   leave <bytes> <slots>   leaves so many chunk bytes and slots free from here on; full heaps grow by their increments
 *   block <bytes>           leaves so many bytes of the block from here on, and nothing inside of the heaps
 *
 * Exit codes when the engine gives up, as those of xsnap-worker: 11 memory full, 12 stack overflow, else 10 + its code.
 */
#include "xsAll.h"
#include "xsScript.h"

#ifdef BARE
#define compute(the) 0u
#else
#define compute(the) ((unsigned)(the)->meterIndex)
#define executed() 0
#define openCommands() stdin
#endif

/* What is given is 16 KB at most. */
#define LONGEST_LINE (C_PATH_MAX + 64 + 2 * 16384)

/* Instructions of the core in calls; 0 on the desktop. */
static int64_t native = 0;
static long collections = 0;
static char failure[512];
static txByte* blockFrom = NULL;
static txByte* blockTo = NULL;

/* Linked with --wrap: what calls these from other files of XS comes here, see Makefile. */

void __wrap_fxAbort(txMachine* the, int status)
{
	fflush(stdout);
	if (status == XS_NOT_ENOUGH_MEMORY_EXIT)
		fprintf(stderr, "memory full: %d slots of %d and %d chunk bytes of %d are in use\n", (int)the->currentHeapCount,
			(int)the->maximumHeapCount, (int)the->currentChunksSize, (int)the->maximumChunksSize);
	else if (status == XS_STACK_OVERFLOW_EXIT)
		fprintf(stderr, "stack overflow\n");
	else
		fprintf(stderr, "the engine ended with status %d: %s\n", status, fxToString(the, &mxException));
	_exit(10 + status);
}

/* On a chip functions have neither: the SDK's linker leaves them out (fxStripDefaults in xs/tools/xslStrip.c). */
txSlot* __wrap_fxNewFunctionLength(txMachine* the, txSlot* instance, txNumber length)
{
	return NULL;
}
txSlot* __wrap_fxNewFunctionName(txMachine* the, txSlot* instance, txID id, txIndex index, txID former, txString prefix)
{
	return NULL;
}

void* __real_fxAllocateChunks(txMachine* the, txSize size);
void* __wrap_fxAllocateChunks(txMachine* the, txSize size)
{
	txByte* result = blockFrom;
	if (!blockFrom)
		return __real_fxAllocateChunks(the, size);
	if (size > blockTo - blockFrom)
		return NULL;
	blockFrom += size;
	return result;
}

txSlot* __real_fxAllocateSlots(txMachine* the, txSize count);
txSlot* __wrap_fxAllocateSlots(txMachine* the, txSize count)
{
	txSize size = count * sizeof(txSlot);
	if (!blockFrom)
		return __real_fxAllocateSlots(the, count);
	if ((size > blockTo - blockFrom) && the->firstBlock) {
		/* Chunks give back what they do not use. */
		fxCollect(the, XS_COMPACT_FLAG | XS_ORGANIC_FLAG);
		the->maximumChunksSize -= the->firstBlock->limit - the->firstBlock->current;
		blockFrom = the->firstBlock->limit = the->firstBlock->current;
	}
	if (size > blockTo - blockFrom)
		return NULL;
	blockTo -= size;
	return (txSlot*)blockTo;
}

/* One name for one file, however it is reached. */
txID __wrap_fxFindModule(txMachine* the, txSlot* realm, txID moduleID, txSlot* slot)
{
	char path[2 * C_PATH_MAX], name[C_PATH_MAX], real[C_PATH_MAX];
	char* slash = NULL;
	fxToStringBuffer(the, slot, name, sizeof(name));
	path[0] = 0;
	if (moduleID != XS_NO_ID && name[0] == '.') {
		c_strcpy(path, fxGetKeyName(the, moduleID));
		slash = c_strrchr(path, '/');
	}
	c_strcpy(slash ? slash + 1 : path, name);
	return c_realpath(path, real) ? fxNewNameC(the, real) : XS_NO_ID;
}

/* As the platform's own, but always without the debugger's line numbers: they are not in a chip's ROM. */
void __wrap_fxLoadModule(txMachine* the, txSlot* module, txID moduleID)
{
	txParser parser;
	txParserJump jump;
	txScript* script = NULL;
	FILE* file = fopen(fxGetKeyName(the, moduleID), "r");
	if (!file)
		return;
	fxInitializeParser(&parser, the, the->parserBufferSize, the->parserTableModulo);
	parser.firstJump = &jump;
	if (c_setjmp(jump.jmp_buf) == 0) {
		parser.path = fxNewParserSymbol(&parser, fxGetKeyName(the, moduleID));
		fxParserTree(&parser, file, (txGetter)fgetc, 0, NULL);
		fxParserHoist(&parser);
		fxParserBind(&parser);
		script = fxParserCode(&parser);
	}
	fclose(file);
	fxTerminateParser(&parser);
	if (script)
		fxResolveModule(the, module, moduleID, script, C_NULL, C_NULL);
}

/* The engine marks this object once in each collection. */
static void mark(txMachine* the, void* counter, txMarkRoot markRoot)
{
	(*(long*)counter)++;
}
static const txHostHooks hooks = { NULL, mark, NULL };

static void setGlobal(txMachine* the, char* name)
{
	mxPush(mxGlobal);
	fxSetID(the, fxID(the, name));
	mxPop();
}

static void fulfilled(txMachine* the)
{
	mxPushSlot(mxArgv(0));
	setGlobal(the, "program");
}

static void rejected(txMachine* the)
{
	fxToStringBuffer(the, mxArgv(0), failure, sizeof(failure));
}

/* As ArrayBuffer.fromString and String.fromArrayBuffer, which XS has not in this configuration; for ASCII. */
static void fromString(txMachine* the)
{
	txSize length = c_strlen(fxToString(the, mxArgv(0)));
	fxConstructArrayBufferResult(the, mxThis, length);
	c_memcpy(mxResult->value.reference->next->value.arrayBuffer.address, mxArgv(0)->value.string, length);
}

static void fromArrayBuffer(txMachine* the)
{
	txSlot* buffer = mxArgv(0)->kind == XS_REFERENCE_KIND ? mxArgv(0)->value.reference->next : NULL;
	txSize length;
	txString string;
	if (!buffer || buffer->kind != XS_ARRAY_BUFFER_KIND)
		mxTypeError("argument is no ArrayBuffer instance");
	length = buffer->next->value.bufferInfo.length;
	string = fxNewChunk(the, length + 1);
	c_memcpy(string, buffer->value.arrayBuffer.address, length);
	string[length] = 0;
	mxResult->value.string = string;
	mxResult->kind = XS_STRING_KIND;
}

static void addSdkFunctions(txMachine* the)
{
	fxNewHostFunction(the, fromString, 1, XS_NO_ID, XS_NO_ID);
	mxPush(mxArrayBufferConstructor);
	fxSetID(the, fxID(the, "fromString"));
	mxPop();
	fxNewHostFunction(the, fromArrayBuffer, 1, XS_NO_ID, XS_NO_ID);
	mxPush(mxStringConstructor);
	fxSetID(the, fxID(the, "fromArrayBuffer"));
	mxPop();
	printf("ok\n");
}

static void load(txMachine* the, char* path)
{
	c_strcpy(failure, "");
	mxPushStringC(path);
	fxRunImport(the, mxProgram.value.reference->next->value.module.realm, XS_NO_ID);
	mxDub();
	fxGetID(the, mxID(_then));
	mxCall();
	fxNewHostFunction(the, fulfilled, 1, XS_NO_ID, XS_NO_ID);
	fxNewHostFunction(the, rejected, 1, XS_NO_ID, XS_NO_ID);
	mxRunCount(2);
	mxPop();
	fxRunLoop(the);
	printf(failure[0] ? "error %s\n" : "ok\n", failure);
}

/* Pushes an ArrayBuffer. The bytes are put where their digits are: those of one are behind it. */
static void pushBytes(txMachine* the, char* hex)
{
	txSize length = c_strlen(hex) / 2, i;
	unsigned byte;
	for (i = 0; i < length; i++) {
		sscanf(hex + 2 * i, "%2x", &byte);
		hex[i] = (char)byte;
	}
	mxPushUndefined();
	fxArrayBuffer(the, the->stack, hex, length, -1);
}

/* Calls an export with the argument that `hex` has, or else with a number. */
static void call(txMachine* the, char* name, char* hex, double number)
{
	mxPush(mxGlobal);
	fxGetID(the, fxID(the, "program"));
	mxDub();
	fxGetID(the, fxID(the, name));
	mxCall();
	if (hex)
		pushBytes(the, hex);
	else
		mxPushNumber(number);
	native -= executed();
	mxRunCount(1);
	/* As a chip's event loop does when what it called returns. */
	while (the->promiseJobs) {
		the->promiseJobs = 0;
		fxRunPromiseJobs(the);
	}
	native += executed();
	if (the->stack->kind == XS_INTEGER_KIND)
		printf("ok %d\n", (int)the->stack->value.integer);
	else if (the->stack->kind == XS_NUMBER_KIND)
		printf("ok %.17g\n", the->stack->value.number);
	else
		printf("ok %s\n", fxToString(the, the->stack));
	mxPop();
}

/* What loading has left free in the heaps would be a gift: slots are put into an object, the end of the chunks is cut. */
static txBoolean leaveFree(txMachine* the, txSize bytes, txSize slots)
{
	txSlot *ballast, *slot;
	txSize count = 0;
	fxCollectGarbage(the);
	mxPush(mxObjectPrototype);
	ballast = fxNewObjectInstance(the);
	setGlobal(the, "ballast");
	mxPop();
	for (slot = the->freeHeap; slot; slot = slot->next)
		count++;
	if ((count < slots) || (the->firstBlock->limit - the->firstBlock->current < bytes))
		return 0;
	for (; count > slots; count--)
		ballast = ballast->next = fxNewSlot(the);
	the->maximumChunksSize -= the->firstBlock->limit - the->firstBlock->current - bytes;
	the->firstBlock->limit = the->firstBlock->current + bytes;
	return 1;
}

static void fix(txMachine* the, txSize bytes, txSize slots)
{
	txBoolean enough = leaveFree(the, bytes, slots);
	the->minimumChunksSize = 0;
	the->minimumHeapCount = 0;
	printf(enough ? "ok\n" : "error the heaps have less left than that\n");
}

static void leave(txMachine* the, txSize bytes, txSize slots)
{
	printf(leaveFree(the, bytes, slots) ? "ok\n" : "error the heaps have less left than that\n");
}

static void limitBlock(txMachine* the, txSize bytes)
{
	leaveFree(the, 0, 0);
	blockFrom = the->firstBlock->limit;
	blockTo = blockFrom + bytes;
	printf("ok\n");
}

static void obey(txMachine* the, char* line)
{
	char* word = strtok(line, " ");
	char* first = strtok(NULL, " ");
	char* second = strtok(NULL, " ");
	if (word && first && !c_strcmp(word, "load"))
		load(the, first);
	else if (word && !c_strcmp(word, "sdk"))
		addSdkFunctions(the);
	else if (word && second && !c_strcmp(word, "call"))
		call(the, first, NULL, atof(second));
	else if (word && second && !c_strcmp(word, "give"))
		call(the, first, second, 0);
	else if (word && !c_strcmp(word, "collect")) {
		fxCollectGarbage(the);
		the->peakHeapCount = the->currentHeapCount;
		the->peakChunksSize = the->currentChunksSize;
		printf("ok\n");
	}
	else if (word && !c_strcmp(word, "meter"))
		printf("ok {\"slots\":%d,\"chunkBytes\":%d,\"peakSlots\":%d,\"peakChunkBytes\":%d,\"freeSlots\":%d,"
			"\"freeChunkBytes\":%d,\"collections\":%ld,\"compute\":%u,\"native\":%.0f,\"slotSize\":%d}\n",
			(int)the->currentHeapCount, (int)the->currentChunksSize, (int)the->peakHeapCount, (int)the->peakChunksSize,
			(int)(the->maximumHeapCount - the->currentHeapCount), (int)(the->maximumChunksSize - the->currentChunksSize),
			collections, compute(the), (double)native, (int)sizeof(txSlot));
	else if (word && first && !c_strcmp(word, "stack")) {
		the->stackBottom = the->stack - atoi(first);
		printf("ok\n");
	}
	else if (word && second && !c_strcmp(word, "fix"))
		fix(the, atoi(first), atoi(second));
	else if (word && second && !c_strcmp(word, "leave"))
		leave(the, atoi(first), atoi(second));
	else if (word && first && blockFrom && !c_strcmp(word, "block"))
		limitBlock(the, atoi(first));
	else
		printf("error unknown command\n");
}

int main(int argc, char* argv[])
{
	static char line[LONGEST_LINE];
	FILE* commands = openCommands();
	txMachine* the;
	txCreation creation = { .initialKeyCount = 4096, .incrementalKeyCount = 1024, .nameModulo = 1993, .symbolModulo = 127,
		.parserBufferSize = 256 * 1024, .parserTableModulo = 1993 };
	if (argc != 7) {
		fprintf(stderr, "host <chunk bytes> <chunk increment> <slots> <slot increment> <stack slots> <block bytes>\n");
		return 1;
	}
	creation.initialChunkSize = atoi(argv[1]);
	creation.incrementalChunkSize = atoi(argv[2]);
	creation.initialHeapCount = atoi(argv[3]);
	creation.incrementalHeapCount = atoi(argv[4]);
	creation.stackCount = atoi(argv[5]);
	if (atoi(argv[6])) {
		blockFrom = malloc(atoi(argv[6]));
		blockTo = blockFrom + atoi(argv[6]);
	}
	fxInitializeSharedCluster();
	the = fxCreateMachine(&creation, "host", NULL, XS_NO_ID);
	if (!the) {
		fprintf(stderr, "memory full: the engine itself does not fit\n");
		return 11;
	}
	fxBeginHost(the);
	mxTry(the) {
		fxNewHostObject(the, NULL);
		fxSetHostData(the, the->stack, &collections);
		fxSetHostHooks(the, the->stack, &hooks);
		setGlobal(the, "collections");
		mxPop();
	}
	mxCatch(the) {
		return 1;
	}
	fxEndHost(the);
	while (fgets(line, sizeof(line), commands)) {
		line[strcspn(line, "\n")] = 0;
		fxBeginHost(the);
		{
			mxTry(the) {
				obey(the, line);
			}
			mxCatch(the) {
				printf("error %s\n", fxToString(the, &mxException));
			}
		}
		fxEndHost(the);
		fflush(stdout);
	}
	return 0;
}
