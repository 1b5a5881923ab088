// run

// A struct passed by value and a constant percentage.
package main

type Employee struct {
	name                 string
	salary, sales, bonus int
}

const bonusPercentage = 10

func percentageOf(salary int) int { return salary * bonusPercentage / 100 }

func findBonus(salary, sales int) int { return percentageOf(salary) * sales }

func main() {
	john := Employee{"John", 5000, 5, 0}
	john.bonus = findBonus(john.salary, john.sales)
	println(john.bonus)
	staff := []Employee{john, {name: "Ann", salary: 7350, sales: 3}, {name: "Bo"}}
	total := 0
	for i := range staff {
		e := &staff[i]
		e.bonus = findBonus(e.salary, e.sales)
		println(e.name, e.salary, e.sales, e.bonus)
		total += e.bonus
	}
	println("total", total, "john", john.bonus)
}
