// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IKustodiaEscrow} from "../src/IKustodiaEscrow.sol";
import {EscrowHandler} from "./support/EscrowHandler.sol";
import {EscrowTest, vm} from "./support/EscrowTest.sol";

/// @notice What holds after any sequence of calls.
contract KustodiaEscrowInvariantTest is EscrowTest {
    EscrowHandler private handler;
    address[2] private tokens;

    function setUp() public override {
        super.setUp();
        handler = new EscrowHandler(escrow);
        tokens = [address(handler.good()), address(handler.hostile())];
        address[3] memory actors = [handler.bridges(0), handler.bridges(1), tokens[1]];
        vm.startPrank(ADMIN);
        for (uint256 i; i < 3; ++i) {
            escrow.grantRole(BRIDGE_ROLE, actors[i]);
        }
        for (uint256 i; i < 2; ++i) {
            escrow.setTokenAllowed(tokens[i], true);
        }
        vm.stopPrank();
    }

    /// @dev Forge asks which contracts it may call.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    /// @dev One function, because forge plays all of its runs for each that it finds:
    /// - of each token the contract has what its open escrows hold and what strayed, so a rescue touched nothing of theirs;
    /// - an escrow that is not open has ended once, and one that is open has not;
    /// - an id has one reference, and a reference made one escrow;
    /// - its payee is the settlement address of its creation, or what an approver and the admin made of it together;
    /// - there was no forbidden transition, no money went to another than that payee, and no call was let through in the
    ///   middle of a transfer.
    function invariant_theMoneyIsWhereTheEscrowsSay() external view {
        uint256[2] memory open;
        uint256 count = escrow.escrowCount();
        for (uint256 id = 1; id <= count; ++id) {
            IKustodiaEscrow.Escrow memory each = escrow.getEscrow(id);
            bool stillOpen = isOpen(each.status);
            if (stillOpen) open[each.token == tokens[0] ? 0 : 1] += each.amount;
            vm.assertEq(handler.ended(id), stillOpen ? 0 : 1, "times ended");
            vm.assertEq(handler.made(each.ref), 1, "times that the reference made an escrow");
            vm.assertEq(escrow.escrowIdOf(each.ref), id, "the escrow of the reference");
            vm.assertEq(each.payee, handler.payeeOf(id), "payee");
        }
        vm.assertEq(handler.seen("create"), count, "no id without a creation");
        for (uint256 i; i < 2; ++i) {
            vm.assertEq(escrow.escrowedTotal(tokens[i]), open[i], "escrowed total");
            uint256 balance = IERC20(tokens[i]).balanceOf(address(escrow));
            vm.assertEq(balance, open[i] + handler.stray(tokens[i]), "balance");
        }
        vm.assertEq(handler.fault(), "", "fault");
        vm.assertEq(handler.hostile().callsLetThrough(), 0, "calls let through");
    }

    /// @dev At the end of every run, paused and with every key lost: whatever is open can leave, once the tokens themselves
    /// let it.
    function afterInvariant() external {
        if (!escrow.paused()) {
            vm.prank(ADMIN);
            escrow.pause();
        }
        handler.behave();
        vm.warp(block.timestamp + escrow.MAX_CUSTODY() + escrow.ABANDONED_AFTER());
        for (uint256 id = 1; id <= escrow.escrowCount(); ++id) {
            IKustodiaEscrow.Status status = escrow.getEscrow(id).status;
            if (!isOpen(status)) continue;
            vm.prank(handler.STRANGER());
            if (status == IKustodiaEscrow.Status.Disputed) escrow.releaseAbandoned(id);
            else escrow.release(id);
        }
        for (uint256 i; i < 2; ++i) {
            vm.assertEq(escrow.escrowedTotal(tokens[i]), 0, "nothing is stranded");
        }
    }

    /// @dev The suite would prove nothing if its handler's calls were all refused: here each of them comes through.
    function test_theHandlerReachesEveryState() public {
        for (uint256 i = 1; i <= 6; ++i) {
            handler.create(i, i, AMOUNT, 1 days, i == 5);
        }
        vm.assertEq(escrow.escrowCount(), 6, "escrows");
        handler.create(1, 1, AMOUNT, 1 days, false);
        vm.assertEq(escrow.escrowCount(), 6, "no second one");
        handler.release(1, 0);
        assertStatus(1, IKustodiaEscrow.Status.Funded);

        handler.approve(0, 0, 1 hours);
        handler.endEarly(0, 1, 1, 0);
        assertStatus(1, IKustodiaEscrow.Status.Released);
        handler.approve(1, 1, 1 hours);
        handler.endEarly(1, 1, 1, 0);
        assertStatus(2, IKustodiaEscrow.Status.Cancelled);
        handler.dispute(3, 0);
        assertStatus(3, IKustodiaEscrow.Status.Disputed);
        handler.approve(2, 2, 1 hours);
        handler.endEarly(2, 1, 1, 0);
        assertStatus(3, IKustodiaEscrow.Status.Cancelled);

        handler.dispute(4, 0);
        handler.resolve(4, 0, true);
        assertStatus(4, IKustodiaEscrow.Status.Funded);
        handler.schedule(1);
        handler.pass(1 days - 1);
        handler.applyScheduled();
        vm.assertEq(escrow.settlement(), handler.settlements(1), "settlement");
        handler.releaseBatch([uint256(4), 5, 5, 1], 0);
        assertStatus(4, IKustodiaEscrow.Status.Released);
        assertStatus(5, IKustodiaEscrow.Status.Released);
        handler.cancel(6, 1);
        assertStatus(6, IKustodiaEscrow.Status.Cancelled);
        handler.create(7, 7, AMOUNT, 1 days, false);
        handler.schedule(2);
        handler.redirect(7, 2);
        vm.assertEq(escrow.getEscrow(7).payee, handler.settlements(2), "redirected");
        handler.reappoint();
        handler.create(8, 7, AMOUNT, 1 days, false);
        handler.pass(ADMIN_DELAY - 2);
        handler.redirect(8, 2);
        vm.assertEq(escrow.getEscrow(8).payee, handler.settlements(1), "the new approver must wait");
        handler.pass(0);
        handler.redirect(8, 2);
        vm.assertEq(escrow.getEscrow(8).payee, handler.settlements(2), "redirected by the new approver");
        handler.redirect(7, 1);
        vm.assertEq(escrow.getEscrow(7).payee, handler.settlements(2), "the new approver is too new");
        handler.release(7, 7);
        assertStatus(7, IKustodiaEscrow.Status.Funded);
        for (uint256 i; i < 7; ++i) {
            handler.pass(5 days - 1);
        }
        handler.release(7, 7);
        assertStatus(7, IKustodiaEscrow.Status.Released);
        handler.create(9, 9, AMOUNT, 1 days, false);
        handler.dispute(9, 1);
        handler.releaseAbandoned(9, 7);
        assertStatus(9, IKustodiaEscrow.Status.Disputed);
        handler.pass(7);
        handler.releaseAbandoned(9, 7);
        assertStatus(9, IKustodiaEscrow.Status.Released);
        handler.give(10, false);
        handler.rescue(4, false);
        vm.assertEq(handler.fault(), "", "fault");
        bytes32[11] memory all = [
            bytes32("create"),
            "release",
            "batch",
            "cancel",
            "dispute",
            "resolve",
            "early",
            "settlement",
            "redirect",
            "orphan",
            "abandoned"
        ];
        for (uint256 i; i < all.length; ++i) {
            vm.assertTrue(handler.seen(all[i]) > 0, "seen");
        }
        vm.assertEq(handler.seen("rescue"), 1, "rescue");
    }

    /// @dev A judge that finds no fault ever would prove nothing either: money that left behind the contract's back is
    /// missed.
    function test_theHandlerFindsFault() public {
        handler.create(1, 1, AMOUNT, 1 days, true);
        handler.hostile().takeFee(AMOUNT);
        vm.prank(STRANGER);
        handler.hostile().transfer(address(escrow), 0);
        handler.hostile().behave();
        (bool done,) = address(this).call(abi.encodeCall(this.invariant_theMoneyIsWhereTheEscrowsSay, ()));
        vm.assertTrue(!done, "missed");
    }

    function isOpen(IKustodiaEscrow.Status status) private pure returns (bool) {
        return status == IKustodiaEscrow.Status.Funded || status == IKustodiaEscrow.Status.Disputed;
    }
}
