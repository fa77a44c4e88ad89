/* gitbundle_text.h -- the fixed words of a git bundle's header; only for gitbundle*.c. */
#ifndef LINLI_GITBUNDLE_TEXT_H
#define LINLI_GITBUNDLE_TEXT_H

#define GITBUNDLE_SIGNATURE "# v2 git bundle\n"
/* After the object's name; git's format wants a space and allows an empty comment. */
#define GITBUNDLE_PREREQUISITE_END " \n"
#define GITBUNDLE_REF_PREFIX " refs/chains/"

#endif
