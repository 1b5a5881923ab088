package runtime

import "internal/cpu"

// cpuid, xgetbv and getGOAMD64level of internal/cpu are natives.

// The bits of setcpufeatures (runtime/src/cpu.rs).
const (
	featureSSE41 = 1 << iota
	featureAVX2
	featureFMA
	featureERMS
	featureBMI2
	featureADX
	featureAVX512
	featureVAES512
	featureVPCLMUL512
)

// cpuinit finds out what the processor can do and tells the natives.
func cpuinit(godebug string) {
	cpu.Initialize(godebug)
	var features uint32
	if cpu.X86.HasSSE41 {
		features |= featureSSE41
	}
	if cpu.X86.HasAVX2 {
		features |= featureAVX2
	}
	if cpu.X86.HasAVX && cpu.X86.HasFMA {
		features |= featureFMA
	}
	if cpu.X86.HasERMS {
		features |= featureERMS
	}
	if cpu.X86.HasBMI1 && cpu.X86.HasBMI2 {
		features |= featureBMI2
	}
	if cpu.X86.HasADX {
		features |= featureADX
	}
	if cpu.X86.HasAVX512 {
		features |= featureAVX512
		if cpu.X86.HasAVX512VAES && cpu.X86.HasAES {
			features |= featureVAES512
		}
		if cpu.X86.HasAVX512VPCLMULQDQ && cpu.X86.HasPCLMULQDQ {
			features |= featureVPCLMUL512
		}
	}
	setcpufeatures(features)
}
