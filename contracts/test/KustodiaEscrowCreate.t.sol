// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {IKustodiaEscrow} from "../src/IKustodiaEscrow.sol";
import {KustodiaEscrow} from "../src/KustodiaEscrow.sol";
import {MockMXNB} from "../src/test/MockMXNB.sol";
import {EscrowTest, bound, vm} from "./support/EscrowTest.sol";

/// @notice How money comes in: createAndFund.
contract KustodiaEscrowCreateTest is EscrowTest {
    function test_createAndFund_holdsTheMoneyUnderItsReference() public {
        uint256 id = create();
        vm.assertEq(id, 1, "ids start at 1");

        IKustodiaEscrow.Escrow memory made = escrow.getEscrow(id);
        vm.assertEq(made.payee, SETTLEMENT, "payee");
        vm.assertEq(made.token, address(token), "token");
        vm.assertEq(made.amount, AMOUNT, "amount");
        vm.assertEq(made.deadline, DEADLINE, "deadline");
        vm.assertEq(made.disputes, 0, "disputes");
        vm.assertEq(made.ref, REF, "reference");
        assertStatus(id, IKustodiaEscrow.Status.Funded);
        vm.assertEq(escrow.escrowIdOf(REF), id, "id of the reference");
        assertMoney(AMOUNT, 0);
    }

    function test_createAndFund_countsIdsUp() public {
        vm.assertEq(create(keccak256("one")), 1, "first");
        vm.assertEq(create(keccak256("two")), 2, "second");
        vm.assertEq(escrow.escrowCount(), 2, "count");
        assertMoney(2 * AMOUNT, 0);
    }

    function test_createAndFund_needsTheBridgeRole() public {
        expectMissingRole(ADMIN, BRIDGE_ROLE);
        vm.prank(ADMIN);
        escrow.createAndFund(REF, address(token), AMOUNT, CUSTODY);
    }

    function testFuzz_createAndFund_refusesWhoeverIsNoBridge(address caller) public {
        vm.assume(caller != BRIDGE);
        expectMissingRole(caller, BRIDGE_ROLE);
        vm.prank(caller);
        escrow.createAndFund(REF, address(token), AMOUNT, CUSTODY);
    }

    function test_createAndFund_pullsFromTheCallerAndFromNobodyElse() public {
        address other = address(0xB2);
        endow(other);
        vm.prank(ADMIN);
        escrow.grantRole(BRIDGE_ROLE, other);
        vm.prank(other);
        uint256 id = escrow.createAndFund(REF, address(token), AMOUNT, CUSTODY);
        vm.assertEq(escrow.getEscrow(id).payee, SETTLEMENT, "payee");
        vm.assertEq(token.balanceOf(other), RICH - AMOUNT, "the caller's");
        vm.assertEq(token.balanceOf(BRIDGE), RICH, "the other bridge wallet's");
    }

    function test_createAndFund_isStoppedByThePause() public {
        vm.prank(ADMIN);
        escrow.pause();
        vm.expectRevert(Pausable.EnforcedPause.selector);
        create();
    }

    function test_createAndFund_refusesTheZeroReference() public {
        vm.expectRevert(IKustodiaEscrow.ZeroReference.selector);
        create(bytes32(0));
    }

    function test_createAndFund_refusesAReferenceTwice() public {
        uint256 id = create();
        vm.expectRevert(abi.encodeWithSelector(IKustodiaEscrow.ReferenceUsed.selector, REF, id));
        create();
    }

    function test_createAndFund_refusesTheReferenceOfACancelledEscrow() public {
        uint256 id = cancelled();
        vm.expectRevert(abi.encodeWithSelector(IKustodiaEscrow.ReferenceUsed.selector, REF, id));
        create();
    }

    function test_createAndFund_refusesTheReferenceOfAReleasedEscrow() public {
        uint256 id = released();
        vm.expectRevert(abi.encodeWithSelector(IKustodiaEscrow.ReferenceUsed.selector, REF, id));
        create();
    }

    function test_createAndFund_refusesATokenThatIsNotAllowed() public {
        MockMXNB other = new MockMXNB(address(this), address(this), address(this));
        vm.expectRevert(abi.encodeWithSelector(IKustodiaEscrow.TokenNotAllowed.selector, address(other)));
        vm.prank(BRIDGE);
        escrow.createAndFund(REF, address(other), AMOUNT, CUSTODY);
    }

    function test_createAndFund_refusesNothing() public {
        vm.expectRevert(IKustodiaEscrow.ZeroAmount.selector);
        vm.prank(BRIDGE);
        escrow.createAndFund(REF, address(token), 0, CUSTODY);
    }

    function test_createAndFund_refusesNoCustody() public {
        vm.expectRevert(abi.encodeWithSelector(IKustodiaEscrow.CustodyOutOfRange.selector, 0));
        vm.prank(BRIDGE);
        escrow.createAndFund(REF, address(token), AMOUNT, 0);
    }

    function test_createAndFund_takesTheShortestAndTheLongestCustody() public {
        uint64 longest = escrow.MAX_CUSTODY();
        vm.startPrank(BRIDGE);
        uint256 short = escrow.createAndFund(keccak256("short"), address(token), AMOUNT, 1);
        uint256 long = escrow.createAndFund(keccak256("long"), address(token), AMOUNT, longest);
        vm.assertEq(escrow.getEscrow(short).deadline, START + 1, "shortest");
        vm.assertEq(escrow.getEscrow(long).deadline, START + longest, "longest");
    }

    function testFuzz_createAndFund_refusesACustodyThatIsTooLong(uint64 custody) public {
        custody = uint64(bound(custody, escrow.MAX_CUSTODY() + 1, type(uint64).max));
        vm.expectRevert(abi.encodeWithSelector(IKustodiaEscrow.CustodyOutOfRange.selector, custody));
        vm.prank(BRIDGE);
        escrow.createAndFund(REF, address(token), AMOUNT, custody);
    }

    function test_createAndFund_revertsWithoutTheMoneyAndCanBeRepeated() public {
        vm.prank(BRIDGE);
        token.approve(address(escrow), AMOUNT - 1);
        vm.expectRevert(bytes("ERC20: transfer amount exceeds allowance"));
        create();

        vm.prank(BRIDGE);
        token.approve(address(escrow), AMOUNT);
        vm.assertEq(create(), 1, "the reference and the id are still free");
    }

    function testFuzz_createAndFund_takesExactlyTheAmountForTheCustody(uint256 amount, uint64 custody) public {
        amount = bound(amount, 1, RICH);
        custody = uint64(bound(custody, 1, escrow.MAX_CUSTODY()));
        vm.prank(BRIDGE);
        uint256 id = escrow.createAndFund(REF, address(token), amount, custody);
        vm.assertEq(escrow.getEscrow(id).amount, amount, "amount");
        vm.assertEq(escrow.getEscrow(id).deadline, START + custody, "deadline");
        assertMoney(amount, 0);
    }

    function testFuzz_getEscrow_refusesAnUnknownId(uint256 id) public {
        vm.assume(id != create());
        vm.expectRevert(abi.encodeWithSelector(IKustodiaEscrow.UnknownEscrow.selector, id));
        escrow.getEscrow(id);
    }

    function testFuzz_escrowIdOf_isZeroForAnUnknownReference(bytes32 ref) public {
        vm.assume(ref != REF);
        create();
        vm.assertEq(escrow.escrowIdOf(ref), 0, "no escrow");
    }
}
