// run

// A bonus computed from salary and sales.
package main

import (
	"fmt"
)

type Employee struct {
	name                 string
	salary, sales, bonus int
}

const BonusPercentage = 10

func getBonusPercentage(salary int) int {
	percentage := (salary * BonusPercentage) / 100
	return percentage
}

func findEmployeeBonus(salary, noOfSales int) int {
	bonusPercentage := getBonusPercentage(salary)
	bonus := bonusPercentage * noOfSales
	return bonus
}

func main() {
	john := Employee{"John", 5000, 5, 0}
	john.bonus = findEmployeeBonus(john.salary, john.sales)
	fmt.Println(john.bonus)
	fmt.Printf("%v %+v\n", john, john)
}
