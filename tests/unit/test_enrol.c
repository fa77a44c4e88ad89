#include "exchange_rig.h"
int main(void){return 0;}
