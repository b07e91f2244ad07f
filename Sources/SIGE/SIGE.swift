// SIGE
