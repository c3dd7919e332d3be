#ifdef __cplusplus
extern "C"
#endif
int ct_placeholder(void);
