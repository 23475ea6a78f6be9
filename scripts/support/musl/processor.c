// libgcc's description of the processor, which Debian's libgcc_s has under a version that musl does not look at. Zeros:
// nothing beyond the baseline is used.
unsigned __cpu_model[4];
int __cpu_indicator_init(void) { return 0; }
