# A runtime for tests: one goroutine on the process's stack, no stack check that ever fires.
    .intel_syntax noprefix
    .text
    .globl _start
_start:
    lea r15, [rip + g]
    call "main.main"
    mov edi, eax
    mov eax, 231
    syscall
    ud2

# func write(p unsafe.Pointer, n int)
    .globl "test.write"
"test.write":
    mov rdx, rsi
    mov rsi, rdi
    mov edi, 1
    mov eax, 1
    syscall
    ret

# func exit(code int)
    .globl "test.exit"
"test.exit":
    mov eax, 231
    syscall
    ud2

# Destroys every register that calls may change.
    .globl "test.clobber"
"test.clobber":
    mov rax, -1
    mov rcx, -1
    mov rdx, -1
    mov rsi, -1
    mov rdi, -1
    mov r8, -1
    mov r9, -1
    mov r10, -1
    mov r11, -1
    pcmpeqd xmm0, xmm0
    movaps xmm1, xmm0
    movaps xmm2, xmm0
    movaps xmm3, xmm0
    movaps xmm4, xmm0
    movaps xmm5, xmm0
    movaps xmm6, xmm0
    movaps xmm7, xmm0
    movaps xmm8, xmm0
    movaps xmm9, xmm0
    ret

    .globl "runtime.deferenter"
"runtime.deferenter":
    ret
    .globl "runtime.morestack"
"runtime.morestack":
    ud2

# func memmove(to, from unsafe.Pointer, n uintptr)
    .globl "runtime.memmove"
"runtime.memmove":
    mov rcx, rdx
    rep movsb
    ret
# func memclrNoHeapPointers(p unsafe.Pointer, n uintptr)
    .globl "runtime.memclrNoHeapPointers"
"runtime.memclrNoHeapPointers":
    mov rcx, rsi
    xor eax, eax
    rep stosb
    ret
# Counts the barriers; every register survives.
    .globl "runtime.gcWriteBarrier"
"runtime.gcWriteBarrier":
    inc dword ptr [rip + barriers]
    mov [rip + barrier_slot], rdi
    mov [rip + barrier_new], rsi
    ret

    .data
    .globl "runtime.writeBarrier"
"runtime.writeBarrier":
    .long 0
    .globl "test.barriers"
"test.barriers":
barriers:
    .long 0
    .balign 8
barrier_slot:
    .quad 0
barrier_new:
    .quad 0
    .bss
    .balign 16
g:
    .zero 1024
    .section .note.GNU-stack,"",@progbits
