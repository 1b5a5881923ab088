// Eight producers, whose channels one goroutine receives from in a select; a second select has a default.
package main

func main() {
	const each = 60_000
	var chans [8]chan int
	for i := range chans {
		chans[i] = make(chan int)
		go func() {
			for j := range each {
				chans[i] <- j
			}
		}()
	}
	quit := make(chan bool)
	sum, idle := 0, 0
	for range each * len(chans) {
		select {
		case v := <-chans[0]:
			sum += v
		case v := <-chans[1]:
			sum += v
		case v := <-chans[2]:
			sum += v
		case v := <-chans[3]:
			sum += v
		case v := <-chans[4]:
			sum += v
		case v := <-chans[5]:
			sum += v
		case v := <-chans[6]:
			sum += v
		case v := <-chans[7]:
			sum += v
		}
		select {
		case <-quit:
		default:
			idle++
		}
	}
	if sum != len(chans)*each*(each-1)/2 || idle != each*len(chans) {
		panic(sum)
	}
}
