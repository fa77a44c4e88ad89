/* plain.c -- see plain.h. */
#include "plain.h"

size_t plain_digits(struct view cell)
{
	size_t i = 0, digits = 0;
	bool point = false;

	if (cell.len != 0 && (cell.data[0] == '-' || cell.data[0] == '+')) {
		i++;
	}
	for (; i < cell.len; i++) {
		if (cell.data[i] >= '0' && cell.data[i] <= '9') {
			digits++;
		} else if (cell.data[i] == '.' && !point && digits != 0) {
			point = true;
		} else {
			return 0;
		}
	}
	return digits != 0 && cell.data[cell.len - 1] != '.' ? digits : 0;
}
