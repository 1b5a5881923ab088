package runtime

import "internal/cpu"

// getMIDR and the other functions of internal/cpu that read system registers are natives.

// auxvHwcap is the tag of the auxiliary vector under which the kernel describes the processor.
const auxvHwcap = 16

// cpuinit finds out what the processor can do. Natives use the baseline only, except those that are called after a
// check of internal/cpu's variables.
func cpuinit(godebug string) {
	for i := 0; i+1 < len(auxv); i += 2 {
		if auxv[i] == auxvHwcap {
			cpu.HWCap = uint(auxv[i+1])
		}
	}
	cpu.Initialize(godebug)
	setcpufeatures(0)
}
