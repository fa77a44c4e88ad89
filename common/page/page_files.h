/* page_files.h -- the files of this program's page, made by common/ui. */
#ifndef LINLI_PAGE_FILES_H
#define LINLI_PAGE_FILES_H

#include "page.h"

/* Ended by a NULL path, with which it begins where the program was built without a page. */
extern const struct page_file page_files[];

#endif
