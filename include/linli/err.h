/*
 * err.h -- what went wrong: a code for programs, a sentence for people,
 * a detail for the operator.
 *
 * What can fail returns bool, takes ${err} last and is MUST_CHECK.  The
 * detail is built from the cause outward by err_wrap(); it may name files
 * and a library's own message and is never shown in a browser.  The
 * sentences are in common/base/err.c, in Chinese and English.
 */
#ifndef LINLI_ERR_H
#define LINLI_ERR_H

#include <stdbool.h>
#include <stddef.h>

#if defined(__GNUC__)
#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define MUST_CHECK
#define PRINTF_LIKE(fmt, args)
#endif

#define ERR_DETAIL_BYTES 1024

/*
 * A detail that a person reads as well, where the language of the reader is
 * not known (the store, files of tables): both, Chinese first.
 */
#define ERR_BOTH(zh, en) zh " / " en

/*
 * X(code, exit status, English sentence, Chinese sentence).
 * The exit statuses are those of docs/commands.md: 1 error, 2 usage,
 * 3 partly done, 4 signature or permission, 5 waits for a person,
 * 6 network, 10 not initialised, 11 locked, 12 model too new.
 */
#define ERR_LIST(X)                                                            \
	X(ERR_NONE, 0, "No error.", "没有错误。")                              \
	X(ERR_NOMEM, 1, "This computer is out of memory. Close other programs and try again.", \
	  "内存不足。请关闭其他程序后重试。")                                  \
	X(ERR_IO, 1, "A file or folder could not be read or written.",         \
	  "文件或文件夹读写失败。")                                            \
	X(ERR_DISK_FULL, 1, "There is no room left on the disk. Nothing was lost; make room and try again.", \
	  "磁盘已满。没有丢失任何内容,请腾出空间后重试。")                     \
	X(ERR_USAGE, 2, "The command was not understood.", "命令有误,无法理解。") \
	X(ERR_NOT_FOUND, 1, "There is no such record, bundle, device or place.", \
	  "没有这条记录、数据包、设备或地点。")                                \
	X(ERR_NO_FILE, 1, "There is no such file or folder.", "没有这个文件或文件夹。") \
	X(ERR_EXISTS, 1, "It already exists.", "它已经存在。")                 \
	X(ERR_NOT_INITIALISED, 10, "This computer has not joined a federation yet.", \
	  "本机尚未加入任何联盟。")                                            \
	X(ERR_BUSY, 11, "The records are in use by another program. Try again in a moment.", \
	  "记录正被另一个程序使用。请稍后再试。")                              \
	X(ERR_STORE, 1, "The store of records is damaged or could not be read.", \
	  "记录库损坏或无法读取。")                                            \
	X(ERR_MODEL, 1, "The model is not well-formed.", "数据模型有错误。")   \
	X(ERR_MODEL_NEWER, 12, "This bundle needs a newer model than this program has.", \
	  "这个数据包需要更新版本的数据模型。")                                \
	X(ERR_VALUE, 1, "A value does not fit its field.", "填写的内容不符合该字段的要求。") \
	X(ERR_AMBIGUOUS, 1, "Several records have that name: say which one by its id.", \
	  "有几条记录同名:请用编号指明是哪一条。")                             \
	X(ERR_TABLE, 1, "This file cannot be read as a table.", "这个文件无法作为表格读取。") \
	X(ERR_FORMAT, 1, "This is not in the form that is expected here.", "内容的格式不正确。") \
	X(ERR_TOO_LARGE, 1, "This is larger than linli allows.", "内容超过了允许的大小。") \
	X(ERR_HASH, 1, "The content was altered or damaged on its way.", "内容在途中被改动或损坏。") \
	X(ERR_SIGNATURE, 4, "This bundle was not signed by the device it names.", \
	  "这个数据包不是由它所写的设备签名的。")                              \
	X(ERR_SESSION, 4, "The server knows no open session of this request. Please connect again.", \
	  "服务器上没有与此请求相应的会话,请重新连接。")                       \
	X(ERR_TOKEN, 4, "A valid token is needed here. An administrator makes one: linlid user token NAME", \
	  "这里需要有效的令牌。管理员可以生成:linlid user token 用户名")         \
	X(ERR_TOO_OFTEN, 1, "Too many requests from here. Wait a minute and try again.", \
	  "请求过于频繁,请等一分钟再试。")                                     \
	X(ERR_KEY, 4, "This key cannot be used.", "这个密钥不能使用。")        \
	X(ERR_PASSPHRASE, 4, "The passphrase is wrong or missing.", "口令错误或没有提供口令。") \
	X(ERR_UNKNOWN_DEVICE, 4, "This device is not enrolled in the federation.", \
	  "这台设备没有在联盟中登记。")                                        \
	X(ERR_REVOKED, 4, "This device's key has been revoked.", "这台设备的密钥已被吊销。") \
	X(ERR_SCOPE, 4, "This device may not write or read here.", "这台设备无权在此处写入或读取。") \
	X(ERR_FEDERATION, 4, "This belongs to another federation.", "这属于另一个联盟。") \
	X(ERR_POSITION, 1, "This bundle stands at another place than it says.", \
	  "这个数据包所在的位置与它所写的不符。")                              \
	X(ERR_GAP, 5, "An earlier bundle of the same chain is missing; send that first.", \
	  "缺少同一链上更早的数据包,请先送达。")                               \
	X(ERR_FORK, 5, "Two different bundles claim the same place in a chain.", \
	  "有两个不同的数据包占用了链上的同一位置。")                          \
	X(ERR_MOVED, 5, "This has changed since you looked at it. Look again before you decide.", \
		"您查看之后内容已有变化,请重新查看后再决定。")                 \
	X(ERR_COMPARE, 5, "First compare the short code with the other side.", "请先与对方核对短码。") \
	X(ERR_CLOCK, 5, "A clock is wrong: please check date and time.", "时钟不准:请检查日期和时间。") \
	X(ERR_SEALED, 4, "This file is sealed for somebody else.", "这个文件是密封给他人的。") \
	X(ERR_INVITATION, 4, "This invitation is not valid, or was used already, or has expired.", \
	  "邀请无效、已过期,或已被使用。")                                     \
	X(ERR_NETWORK, 6, "The server cannot be reached. Your records are safe here; try again later.", \
	  "无法连接服务器。您的记录安全地保存在本机,请稍后再试。")             \
	X(ERR_REFUSED, 1, "The other side refused.", "对方拒绝了请求。")        \
	X(ERR_PARTIAL, 3, "Only a part was done.", "只完成了一部分。")          \
	X(ERR_CANCELLED, 3, "Stopped at your request.", "已按您的要求停止。")   \
	X(ERR_INTERNAL, 1, "An error inside the program. Please report it.", "程序内部错误,请报告。")

#define ERR_ENUM(code, exit_status, en, zh) code,
enum err_code { ERR_LIST(ERR_ENUM) ERR_CODES };
#undef ERR_ENUM

struct err {
	enum err_code code;
	char detail[ERR_DETAIL_BYTES]; /* outermost context first */
};

/* Set ${err} (may be NULL) to ${code} and a detail.  Always false. */
bool err_set(struct err *err, enum err_code code, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

/* Put "context: " before the detail; the code stays.  Always false. */
bool err_wrap(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* ERR_NOMEM, with what was wanted.  Always false. */
bool err_nomem(struct err *err);

/* ERR_IO or ERR_DISK_FULL from errno, with "what: strerror".  Always false. */
bool err_errno(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* The stable name of a code in lower case: "too_large".  Static. */
const char *err_name(enum err_code code);

/* The sentence a person reads, in Chinese if ${zh}.  Static. */
const char *err_sentence(enum err_code code, bool zh);

/* The exit status of a program that ends with ${code}. */
int err_exit_status(enum err_code code);

#endif
