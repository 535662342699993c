/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dderror.h: the values a VP_STATUS can take. They are Win32 codes: zero or positive (videoport.md
 * 2.7).
 */
#ifndef DDERROR_H
#define DDERROR_H

#define NO_ERROR                             0L
#define ERROR_INVALID_FUNCTION               1L
#define ERROR_FILE_NOT_FOUND                 2L
#define ERROR_ACCESS_DENIED                  5L
#define ERROR_INVALID_HANDLE                 6L
#define ERROR_NOT_ENOUGH_MEMORY              8L
#define ERROR_INVALID_ACCESS                 12L
#define ERROR_INVALID_DATA                   13L
#define ERROR_OUTOFMEMORY                    14L
#define ERROR_NOT_READY                      21L
#define ERROR_BAD_COMMAND                    22L
#define ERROR_GEN_FAILURE                    31L
#define ERROR_NOT_SUPPORTED                  50L
#define ERROR_DEV_NOT_EXIST                  55L
#define ERROR_CALL_NOT_IMPLEMENTED           120L
#define ERROR_INVALID_PARAMETER              87L
#define ERROR_INSUFFICIENT_BUFFER            122L
#define ERROR_INVALID_NAME                   123L
#define ERROR_BUSY                           170L
#define ERROR_ALREADY_EXISTS                 183L
#define ERROR_MORE_DATA                      234L
#define WAIT_TIMEOUT                         258L
#define ERROR_NO_MORE_ITEMS                  259L
#define ERROR_IO_PENDING                     997L
#define ERROR_NOT_FOUND                      1168L
#define ERROR_IO_DEVICE                      1117L
#define ERROR_DEVICE_REINITIALIZATION_NEEDED 1164L
#define ERROR_CONTINUE                       1246L
#define ERROR_NO_MORE_DEVICES                1248L
#define ERROR_NO_SYSTEM_RESOURCES            1450L

#endif
