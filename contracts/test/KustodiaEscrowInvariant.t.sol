// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IKustodiaEscrow} from "../src/IKustodiaEscrow.sol";
import {KustodiaEscrow} from "../src/KustodiaEscrow.sol";
import {EscrowHandler} from "./support/EscrowHandler.sol";
import {EscrowTest, vm} from "./support/EscrowTest.sol";

/// @notice What holds after any sequence of calls.
contract KustodiaEscrowInvariantTest is EscrowTest {
    EscrowHandler private handler;

    function setUp() public override {
        super.setUp();
        handler = new EscrowHandler(escrow, token);
        token.configureMinter(address(handler), true);
        address secondBridge = handler.bridges(1);
        endow(secondBridge);
        vm.prank(ADMIN);
        escrow.grantRole(BRIDGE_ROLE, secondBridge);
    }

    /// @dev Forge asks which contracts it may call.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_theBalanceIsTheOpenEscrowsAndWhatStrayed() external view {
        uint256 open;
        for (uint256 id = 1; id <= escrow.escrowCount(); ++id) {
            IKustodiaEscrow.Escrow memory each = escrow.getEscrow(id);
            if (isOpen(each.status)) open += each.amount;
        }
        vm.assertEq(escrow.escrowedTotal(address(token)), open, "escrowed total");
        vm.assertEq(token.balanceOf(address(escrow)), open + handler.stray(), "balance");
    }

    function invariant_anEscrowPaysItsAmountOnceWhenItCloses() external view {
        for (uint256 id = 1; id <= escrow.escrowCount(); ++id) {
            IKustodiaEscrow.Escrow memory each = escrow.getEscrow(id);
            vm.assertEq(handler.paidBack(id), isOpen(each.status) ? 0 : each.amount, "paid back");
        }
    }

    function invariant_aReferenceMakesOneEscrowAtMost() external view {
        uint256 total;
        for (uint256 i; i <= handler.REFERENCES(); ++i) {
            bytes32 ref = bytes32(i);
            uint256 id = escrow.escrowIdOf(ref);
            uint256 times = handler.made(ref);
            vm.assertEq(times, id == 0 ? 0 : 1, "times made");
            if (id != 0) vm.assertEq(escrow.getEscrow(id).ref, ref, "reference of the escrow");
            total += times;
        }
        vm.assertEq(escrow.escrowCount(), total, "no id without a reference");
    }

    function invariant_nothingLeadsWhereNoneMay() external view {
        vm.assertEq(handler.fault(), "", "fault");
    }

    /// @dev The suite would prove nothing if its handler's calls were all refused: here each of them comes through.
    function test_theHandlerReachesEveryState() public {
        handler.create(1, 0, AMOUNT, 1 days);
        handler.create(2, 1, AMOUNT, 1 days);
        handler.create(2, 0, AMOUNT, 1 days);
        handler.create(3, 0, AMOUNT, 1 days);
        vm.assertEq(escrow.escrowCount(), 3, "escrows");
        handler.release(1, 0);
        assertStatus(1, IKustodiaEscrow.Status.Funded);
        handler.pass(1 days);
        handler.release(1, 1);
        assertStatus(1, IKustodiaEscrow.Status.Released);
        handler.cancel(2, 0);
        assertStatus(2, IKustodiaEscrow.Status.Cancelled);
        handler.dispute(3, 0);
        assertStatus(3, IKustodiaEscrow.Status.Disputed);
        handler.resolve(3, 0, true);
        assertStatus(3, IKustodiaEscrow.Status.Funded);
        handler.give(10);
        handler.rescue(4);
        vm.assertEq(handler.paidBack(1) + handler.paidBack(2), 2 * AMOUNT, "paid back");
        vm.assertTrue(handler.stray() > 0, "stray");
        vm.assertEq(handler.fault(), "", "fault");
    }

    function isOpen(IKustodiaEscrow.Status status) private pure returns (bool) {
        return status == IKustodiaEscrow.Status.Funded || status == IKustodiaEscrow.Status.Disputed;
    }
}
