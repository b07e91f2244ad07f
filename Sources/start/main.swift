import tessera

Tessera.main()
